import type { EnvironmentDeclaration } from '../declaration';
import type { Auth } from '../declaration/auth';
import type { Endpoint } from '../declaration/endpoint';
import { providersOf } from '../declaration/people';
import type { SecretKey } from '../declaration/secret-key';
import { upstreamTools } from '../declaration/tool';
import { LEDGER_KEY } from '../ledger';
import { placedModels } from '../model-place';
import { namesOf } from '../names';
import { FALCO_CLIENT_CA } from '../runtime/objects';

/** One key of a Secret that somebody must create before the environment becomes ready. */
export interface RequiredSecret {
  readonly namespace: string;
  readonly secret: string;
  readonly key: string;
  /** What it is for; one sentence part for each use. */
  readonly purpose: string;
}

type Use = readonly [secret: SecretKey, purpose: string];

function ofUpstream(name: string, { at, auth }: { readonly at: Endpoint; readonly auth: Auth }): Use[] {
  return [
    ...(auth.kind === 'none' ? [] : [[auth.secret, `credential for ${name}`] as const]),
    ...('ca' in at && at.ca !== undefined ? [[at.ca, `CA certificate of ${name}`] as const] : []),
  ];
}

function ofState({ state }: EnvironmentDeclaration): Use[] {
  if (state.kind !== 'postgres') return [];
  return [
    [state.password, `password of ${state.user} for the database ${state.database}`],
    ...(state.at.ca === undefined ? [] : [[state.at.ca, 'CA certificate of the database'] as const]),
  ];
}

function ofTelemetry({ platform: { telemetry } }: EnvironmentDeclaration): Use[] {
  return telemetry.ca === undefined ? [] : [[telemetry.ca, 'CA certificate of the telemetry collector']];
}

function ofUsers({ users }: EnvironmentDeclaration): Use[] {
  return providersOf(users).flatMap(([name, { at }]): Use[] => {
    const what = 'CA certificate of the identity provider';
    return at?.ca === undefined ? [] : [[at.ca, name === undefined ? what : `${what} ${name}`]];
  });
}

/** Every key of every Secret that the user must create, in `E-control`, sorted. A missing one opens nothing. */
export function requiredSecrets(declaration: EnvironmentDeclaration): RequiredSecret[] {
  const namespace = namesOf(declaration.name).control;
  const uses: Use[] = [
    ...placedModels(declaration).flatMap(([name, model]) => ofUpstream(`model ${name}`, model)),
    ...upstreamTools(declaration.tools).flatMap(([name, tool]) => ofUpstream(`tool ${name}`, tool)),
    ...ofUsers(declaration),
    ...ofState(declaration),
    ...ofTelemetry(declaration),
    [{ secret: FALCO_CLIENT_CA, key: 'ca.crt' }, "CA certificate that signed Falco's client certificate"],
    [LEDGER_KEY, "private key of the ledger's checkpoints: Ed25519, PKCS #8 in PEM"],
  ];
  const purposes = new Map<string, { readonly of: SecretKey; readonly purposes: Set<string> }>();
  for (const [of, purpose] of uses) {
    const id = `${of.secret}/${of.key}`;
    const entry = purposes.get(id) ?? { of, purposes: new Set() };
    entry.purposes.add(purpose);
    purposes.set(id, entry);
  }
  return [...purposes]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { of, purposes }]) => ({ namespace, ...of, purpose: [...purposes].join('; ') }));
}
