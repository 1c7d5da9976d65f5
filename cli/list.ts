import type { EnvironmentDeclaration } from '../lib/declaration';
import { hostOf } from '../lib/declaration/endpoint';
import { capsWords } from '../lib/declaration/opaque-host';
import type { Operation } from '../lib/declaration/operation';
import { placeOf } from '../lib/declaration/tool';
import { replicasOf } from '../lib/declaration/workload';
import type { RequiredSecret } from '../lib/identity/secrets';
import { modelPlace } from '../lib/model-place';
import type { AnySynthesis, FoundationSynthesis, Synthesis } from '../lib/synth/driver';
import { appFiles } from './apps';
import { entryFacts, entryWords } from './entry-words';
import { finish } from './report';
import { runApps } from './run';
import { workloadWords } from './workload-words';

interface ListOptions {
  readonly secrets?: boolean;
  readonly json?: boolean;
}

const agentsOf = ({ agents }: EnvironmentDeclaration) =>
  Object.entries(agents).map(([name, { image, workload, isolation, models, tools, mayAsk }]) => ({
    name,
    image,
    workload: workload.kind,
    replicas: replicasOf(workload),
    runs: workloadWords(workload),
    isolation: isolation.kind,
    models,
    tools,
    mayAsk,
  }));

const toolsOf = ({ tools }: EnvironmentDeclaration) =>
  Object.entries(tools).map(([name, tool]) => ({
    name,
    kind: tool.kind,
    host: placeOf(tool),
    ...(tool.kind === 'opaqueHost' ? { tunnels: capsWords(tool.caps) } : {}),
    operations: Object.entries<Operation>(tool.operations).map(([operation, { effect, reach }]) => ({
      name: operation,
      effect,
      reach,
    })),
  }));

const modelsOf = ({ name: environment, models }: EnvironmentDeclaration) =>
  Object.entries(models).map(([name, model]) => ({
    name,
    kind: model.kind,
    host: hostOf(modelPlace(environment, name, model)),
    names: model.names,
  }));

const common = (app: string, { declaration, objects }: AnySynthesis) => ({
  name: declaration.name,
  app,
  owner: declaration.owner,
  platform: `${declaration.platform.kind} ${declaration.platform.version}`,
  objects: objects.map(({ path, object: { apiVersion, kind, metadata } }) => ({
    apiVersion,
    kind,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    name: metadata.name,
    path,
  })),
});

const describe = (app: string, synthesis: Synthesis) => ({
  ...common(app, synthesis),
  entries: entryFacts(synthesis.declaration),
  agents: agentsOf(synthesis.declaration),
  tools: toolsOf(synthesis.declaration),
  models: modelsOf(synthesis.declaration),
});
type Described = ReturnType<typeof describe>;

const describeFoundation = (app: string, synthesis: FoundationSynthesis) => ({
  ...common(app, synthesis),
  falco: synthesis.declaration.falco,
  serves: Object.keys(synthesis.declaration.environments),
});
type DescribedFoundation = ReturnType<typeof describeFoundation>;

const foundationText = ({ name, app, platform, falco, serves, objects }: DescribedFoundation): string =>
  [
    `${name} (${app}, foundation of a cluster, ${platform})`,
    `  falco  ${falco.kind}\n           ${falco.image}`,
    `  serves ${serves.join(', ')}`,
    `  ${objects.length} objects: ${byKind(objects)}`,
  ].join('\n');

const byKind = (objects: Described['objects']): string => {
  const counts = new Map<string, number>();
  for (const { kind } of objects) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, n]) => `${n} ${kind}`).join(', ');
};

const textOf = ({ name, app, platform, entries, agents, tools, models, objects }: Described): string =>
  [
    `${name} (${app}, ${platform})`,
    ...entries.map((e) => `  entry  ${e.name}: ${entryWords(e)}`),
    ...agents.map(
      (a) =>
        `  agent  ${a.name}: ${a.runs}, ${a.isolation}\n           ${a.image}\n           uses ${[...a.models, ...a.tools].join(', ') || 'nothing'}`,
    ),
    ...tools.map(
      (t) =>
        `  tool   ${t.name}: ${t.kind} at ${t.host}\n           ${t.operations.map((o) => `${o.name} (${o.effect}, ${o.reach})`).join(', ')}${t.tunnels === undefined ? '' : `; ${t.tunnels}`}`,
    ),
    ...models.map((m) => `  model  ${m.name}: ${m.kind} at ${m.host}, ${m.names.join(', ')}`),
    `  ${objects.length} objects: ${byKind(objects)}`,
  ].join('\n');

/** One Secret and the command that creates it. The command names files, so that no value enters a shell's history. */
interface Secret {
  readonly namespace: string;
  readonly name: string;
  readonly keys: readonly { readonly key: string; readonly purpose: string }[];
  readonly command: string;
}

function secretsOf(required: readonly RequiredSecret[]): Secret[] {
  const names = [...new Set(required.map(({ secret }) => secret))];
  return names.map((name) => {
    const keys = required.filter(({ secret }) => secret === name);
    const namespace = keys[0]?.namespace ?? '';
    const files = keys.map(({ key }) => `--from-file=${key}=./${name}-${key}`);
    return {
      namespace,
      name,
      keys: keys.map(({ key, purpose }) => ({ key, purpose })),
      command: `kubectl create secret generic ${name} --namespace=${namespace} ${files.join(' ')}`,
    };
  });
}

const secretText = ({ namespace, name, keys, command }: Secret): string =>
  [`  ${namespace}/${name}`, ...keys.map(({ key, purpose }) => `    ${key}: ${purpose}`), `    ${command}`].join('\n');

/** `firepit list` */
export async function list(named: readonly string[], options: ListOptions): Promise<void> {
  const files = appFiles(named);
  if (options.secrets) {
    const { requiredSecrets } = require('../lib/identity/secrets') as typeof import('../lib/identity/secrets');
    const environments: { readonly name: string; readonly app: string; readonly secrets: readonly Secret[] }[] = [];
    const { foundationSecrets } = require('../lib/foundation/secrets') as typeof import('../lib/foundation/secrets');
    const failures = await runApps(files, ({ app, synthesis }) => {
      const { name } = synthesis.declaration;
      const required =
        synthesis.kind === 'foundation'
          ? foundationSecrets(synthesis.declaration)
          : requiredSecrets(synthesis.declaration);
      environments.push({ name, app, secrets: secretsOf(required) });
    });
    const text = (): string =>
      environments.map(({ name, secrets }) => [name, ...secrets.map(secretText)].join('\n')).join('\n\n');
    finish('list', options.json, failures, { environments, text });
    return;
  }
  const environments: (Described | DescribedFoundation)[] = [];
  const failures = await runApps(files, ({ app, synthesis }) => {
    environments.push(synthesis.kind === 'foundation' ? describeFoundation(app, synthesis) : describe(app, synthesis));
  });
  const text = (one: Described | DescribedFoundation): string => ('serves' in one ? foundationText(one) : textOf(one));
  finish('list', options.json, failures, { environments, text: () => environments.map(text).join('\n\n') });
}
