import type { EnvironmentDeclaration } from '../lib/declaration';
import { FirepitError } from '../lib/errors';
import { podTemplatesOf } from '../lib/minimum-bar/pods';
import { LABEL, namesOf, objectName } from '../lib/names';
import type { Synthesis } from '../lib/synth/driver';

type Files = Readonly<Record<string, string>>;

/** What an agent's pod is given, as it was generated. */
export interface GeneratedAgent {
  readonly sidecar: Files;
  /** Environment of the agent's container. */
  readonly env: Files;
}

/** The parts of an environment's manifests that run on one machine as well. */
export interface Generated {
  readonly declaration: EnvironmentDeclaration;
  readonly gateway: Files;
  readonly governor: Files;
  /** Of the governor, under the names it reads them by. */
  readonly policies: Files;
  readonly ledger: Files;
  readonly agents: Readonly<Record<string, GeneratedAgent>>;
}

interface Loose {
  readonly kind: string;
  readonly metadata: { readonly name?: string; readonly namespace?: string };
  readonly data?: Files;
}

/** Takes them out of the finished objects: what was patched there is patched here. @throws FirepitError `app` */
export function generatedOf({ declaration, objects }: Pick<Synthesis, 'declaration' | 'objects'>): Generated {
  const all = objects.map(({ object }) => object as unknown as Loose);
  const { agents, control } = namesOf(declaration.name);
  const missing = (what: string): never => {
    throw new FirepitError(
      'app',
      `${declaration.name} has no ${what}, which Firepit generates\n  fix: do not remove it in the app`,
    );
  };
  const config = (namespace: string, name: string): Files => {
    const pattern = new RegExp(`^${name}-[0-9a-f]{10}$`);
    const found = all.find(
      ({ kind, metadata }) =>
        kind === 'ConfigMap' && metadata.namespace === namespace && pattern.test(metadata.name ?? ''),
    );
    return found?.data ?? missing(`ConfigMap ${namespace}/${name}-…`);
  };
  const pods = objects.flatMap(({ object }) => podTemplatesOf(object));
  const env = (name: string): Files => {
    const pod = pods.find(({ namespace, labels }) => namespace === agents && labels[LABEL.agent] === name);
    const container = pod?.containers.find(({ container: { name: found } }) => found === 'agent')?.container;
    const variables = (container ?? missing(`workload ${agents}/${name}`)).env ?? [];
    return Object.fromEntries(variables.map(({ name: key, value = '' }) => [key, value]));
  };
  return {
    declaration,
    gateway: config(control, 'gateway'),
    governor: config(control, 'governor'),
    policies: config(control, 'governor-policies'),
    ledger: config(control, 'ledger'),
    agents: Object.fromEntries(
      Object.keys(declaration.agents).map((agent) => {
        const name = objectName(agent);
        return [agent, { sidecar: config(agents, `${name}-sidecar`), env: env(name) }];
      }),
    ),
  };
}
