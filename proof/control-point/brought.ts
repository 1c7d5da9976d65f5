import { randomBytes } from 'node:crypto';
import { requiredSecrets } from '../../lib/identity/secrets';
import { LEDGER_KEY } from '../../lib/ledger';
import { identitySecret } from '../../lib/runtime/objects';
import type { Loose, Subject } from '../subject';
import type { Authority } from './certificates';
import { TWIN_PASSWORD } from './twin';

/** Secrets of a twin that are more than any bytes. */
interface Known {
  /** Of its database. */
  readonly password: string;
  /** Of its ledger's checkpoints. */
  readonly logKey: string;
}

const secret = (namespace: string, name: string, stringData: object): Loose => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace },
  stringData,
});

/** The Secrets that people, cert-manager and the warden bring to an environment. */
export function brought({ declaration, names, objects }: Subject, authority: Authority, known: Known): Loose[] {
  const contentOf = (name: string, key: string): string => {
    if (name === LEDGER_KEY.secret && key === LEDGER_KEY.key) return known.logKey;
    if (name === TWIN_PASSWORD.secret && key === TWIN_PASSWORD.key) return known.password;
    return key.endsWith('.crt') ? authority.certificate : randomBytes(16).toString('hex');
  };
  const required = new Map<string, Record<string, string>>();
  for (const { secret: name, key } of requiredSecrets(declaration))
    required.set(name, { ...required.get(name), [key]: contentOf(name, key) });
  const issued = objects.filter(({ kind, spec }: Loose) => kind === 'Certificate' && spec.isCA !== true) as Loose[];
  return [
    ...[...required].map(([name, data]) => secret(names.control, name, data)),
    ...issued.map(({ spec }) => secret(names.control, spec.secretName, authority.leaf(spec.dnsNames))),
    ...Object.keys(declaration.agents).map((agent) =>
      secret(names.agents, identitySecret(agent), authority.leaf([names.agentHost(agent)])),
    ),
  ];
}
