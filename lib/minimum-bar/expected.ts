import { CONTRACT_VERSION } from '../../contract';
import type {
  Agent,
  ApprovalRule,
  EnvironmentDeclaration,
  OpaqueHost,
  SequenceCondition,
  SequenceRule,
} from '../declaration';
import { hostOf as placeName } from '../declaration/endpoint';
import { protocolOf } from '../declaration/model';
import type { HttpOperation, Operation } from '../declaration/operation';
import type { IdentityProvider } from '../declaration/people';
import { audienceOf, LABEL, objectName, PORT } from '../names';
import type { Problem } from './types';
import { at, type Data, isData, same, show } from './values';
import type { Configuration, View } from './view';

/** What the configuration files must say, read from the declaration alone. */

const TLS = { certificate: '/etc/firepit/tls/tls.crt', key: '/etc/firepit/tls/tls.key', ca: '/etc/firepit/tls/ca.crt' };
const API_SERVER = '/var/run/firepit/api-server';

const hostOf = (endpoint: EnvironmentDeclaration['platform']['telemetry']): string =>
  endpoint.kind === 'private' ? endpoint.host : `${endpoint.service}.${endpoint.namespace}.svc`;

const stateOf = ({ declaration, names }: View, component: string): Data => {
  const { state } = declaration;
  const require = { fsync: true, synchronousCommit: true };
  if (state.kind === 'bundled')
    return {
      host: names.service('postgres'),
      port: PORT.postgres,
      database: 'firepit',
      user: 'firepit',
      ca: TLS.ca,
      require,
    };
  return {
    host: hostOf(state.at),
    port: state.at.port,
    database: state.database,
    user: state.user,
    passwordFile: `/etc/firepit/state/password/${state.password.key}`,
    ...(state.at.ca === undefined ? {} : { ca: `/etc/firepit/state/ca/${state.at.ca.key}` }),
    ...(component === 'governor' && state.spool === true ? { spool: '/var/lib/firepit/spool/entries' } : {}),
    require,
  };
};

const common = (view: View, component: string): Data => {
  const { telemetry } = view.declaration.platform;
  return {
    version: CONTRACT_VERSION,
    environment: view.names.environment,
    tls: TLS,
    state: stateOf(view, component),
    telemetry: {
      endpoint: { host: hostOf(telemetry), port: telemetry.port },
      ...(telemetry.ca === undefined ? {} : { ca: `/etc/firepit/telemetry/${telemetry.ca.key}` }),
      service: `firepit-${component}`,
      environment: view.names.environment,
      ...(component === 'governor' ? view.declaration.telemetry : {}),
    },
  };
};

const providerOf = ({ issuer, audience, groupsClaim, at: place }: IdentityProvider, name?: string): Data => ({
  ...(name === undefined ? {} : { name }),
  issuer,
  audience,
  groupsClaim,
  ...(place?.ca === undefined
    ? {}
    : { ca: ['/etc/firepit/users', ...(name === undefined ? [] : [name]), place.ca.key].join('/') }),
});

const usersOf = ({ declaration: { users } }: View): Data => {
  if (users.kind === 'oidc') return providerOf(users);
  const [first, ...others] = Object.entries(users.providers).map(([name, provider]) => providerOf(provider, name));
  return { ...first, ...(others.length === 0 ? {} : { others }) };
};

const conditionOf = (c: SequenceCondition): Data => {
  const { within, ...rest } = c;
  return { ...rest, withinSeconds: within.seconds };
};

const sequenceOf = (rule: SequenceRule): Data => {
  if (rule.kind === 'neverBefore') return { ...rule };
  if (rule.kind === 'atMost') {
    const { per, ...rest } = rule;
    return { ...rest, perSeconds: per.seconds };
  }
  if (rule.kind === 'deny' || rule.kind === 'onlyWhen')
    return { kind: rule.kind, condition: conditionOf(rule.condition) };
  const { within, ...rest } = rule;
  return { ...rest, withinSeconds: within.seconds };
};

const approvalOf = (rule: ApprovalRule): Data =>
  rule.kind === 'operation' ? { ...rule } : { kind: 'when', condition: conditionOf(rule.condition) };

/** Declared arguments; without any, only an internal read may carry what it likes. */
const argumentsOf = ({ arguments: declared, effect, reach }: Operation): unknown =>
  declared ?? (effect === 'read' && reach === 'internal' ? 'any' : {});

const operationOf = (operation: Operation & Partial<HttpOperation>): Data => ({
  effect: operation.effect,
  reach: operation.reach,
  returns: operation.returns,
  arguments: argumentsOf(operation),
  ...(operation.manifest === undefined ? {} : { manifest: operation.manifest }),
  ...(operation.route === undefined ? {} : { route: operation.route }),
});

const tunnelOf = ({ at: place, caps: { bytes, connections, duration } }: OpaqueHost): Data => ({
  to: `${placeName(place)}:${place.port}`,
  bytes,
  connections,
  seconds: duration.seconds,
});

const mapped = <T, U>(record: Readonly<Record<string, T>>, f: (value: T, name: string) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value, name)]));

export const expectedGovernor = (view: View): Data => {
  const { declaration, names } = view;
  return {
    ...common(view, 'governor'),
    listen: { decide: PORT.decide, health: PORT.health, metrics: PORT.metrics },
    gateway: names.service('gateway'),
    token: {
      audience: audienceOf(names.environment),
      jwks: 'https://kubernetes.default.svc/openid/v1/jwks',
      ca: `${API_SERVER}/ca.crt`,
      credential: `${API_SERVER}/token`,
      ...(declaration.platform.tokenReview === undefined
        ? {}
        : {
            review: {
              url: 'https://kubernetes.default.svc/apis/authentication.k8s.io/v1/tokenreviews',
              cacheSeconds: declaration.platform.tokenReview.seconds,
            },
          }),
    },
    users: usersOf(view),
    agents: mapped(declaration.agents, (agent, name) => ({
      serviceAccount: `system:serviceaccount:${names.agents}:${objectName(name)}`,
      certificateName: names.agentHost(name),
      models: agent.models,
      operations: agent.tools,
      mayAsk: agent.mayAsk,
      needsApproval: agent.needsApproval.map((r, i) => ({ id: `${name}.approval.${i}`, ...approvalOf(r) })),
      sequence: agent.sequence.map((r, i) => ({ id: `${name}.sequence.${i}`, ...sequenceOf(r) })),
    })),
    models: mapped(declaration.models, (m) => ({ protocol: protocolOf(m), names: m.names })),
    tools: mapped(declaration.tools, (t) => ({
      protocol: { mcpServer: 'mcp', httpApi: 'http', peer: 'http', opaqueHost: 'connect' }[t.kind],
      ...(t.kind === 'peer' ? { agent: t.agent } : {}),
      ...(t.kind === 'opaqueHost' ? { tunnel: tunnelOf(t) } : {}),
      operations: mapped<Operation, Data>(t.operations, operationOf),
    })),
    approvals: {
      server: { host: names.service('approvals'), port: PORT.back },
      deadlineSeconds: declaration.approvals.deadline.seconds,
      approvers: declaration.approvals.approvers,
    },
    runs: {
      lifetimeSeconds: declaration.runs?.lifetime.seconds ?? 24 * 3600,
      ...(Object.values(declaration.tools).some((t) => t.kind === 'peer')
        ? { depth: declaration.runs?.depth ?? 3 }
        : {}),
    },
    ledger: { server: { host: names.service('ledger'), port: PORT.back } },
  };
};

export const expectedApprovals = (view: View): Data => {
  const { approvals } = view.declaration;
  return {
    ...common(view, 'approvals'),
    listen: { https: PORT.https, back: PORT.back, health: PORT.health, metrics: PORT.metrics },
    page: { certificate: '/etc/firepit/page/tls.crt', key: '/etc/firepit/page/tls.key' },
    host: approvals.host,
    users: usersOf(view),
    approvers: approvals.approvers,
    deadlineSeconds: approvals.deadline.seconds,
    quorum: approvals.quorum ?? 1,
    selfApproval: false,
    governor: view.names.service('governor'),
    warden: { host: view.names.service('warden'), port: PORT.back },
  };
};

const KIND = { deployment: 'Deployment', cronJob: 'CronJob', job: 'Job', sandbox: 'Sandbox' } as const;

/** Kind and name of the object that runs an agent. */
export const expectedWorkload = (declared: string, { workload }: Agent): { kind: string; name: string } => ({
  kind: KIND[workload.kind],
  name: `${objectName(declared)}${workload.kind === 'job' ? `-g${workload.generation}` : ''}`,
});

export const expectedWarden = (view: View): Data => {
  const { declaration, names } = view;
  return {
    ...common(view, 'warden'),
    listen: { https: PORT.https, back: PORT.back, health: PORT.health, metrics: PORT.metrics },
    agents: Object.fromEntries([
      ...view.ownModels.map(([declared, { server }]): [string, Data] => [
        `model-${objectName(declared)}`,
        {
          namespace: names.models,
          workload: { kind: 'Deployment', name: objectName(declared) },
          watched: server.isolation.kind === 'userNamespace',
          identity: {
            source: { namespace: names.control, secret: `model-${objectName(declared)}-tls` },
            target: { namespace: names.models, secret: `${objectName(declared)}-identity` },
          },
        },
      ]),
      ...Object.entries(declaration.agents).map(([declared, agent]): [string, Data] => [
        objectName(declared),
        {
          namespace: names.agents,
          workload: expectedWorkload(declared, agent),
          watched: agent.isolation.kind === 'userNamespace',
          identity: {
            source: { namespace: names.control, secret: `agent-${objectName(declared)}-tls` },
            target: { namespace: names.agents, secret: `${objectName(declared)}-identity` },
          },
        },
      ]),
    ]),
    signals: { governor: names.service('governor'), approvals: names.service('approvals') },
    record: { namespace: names.control, configMap: 'containment' },
    quarantineLabel: LABEL.quarantine,
    caBundle: { namespace: names.control, configMap: 'ca-bundle' },
    token: { credential: `${API_SERVER}/token`, ca: `${API_SERVER}/ca.crt` },
  };
};

export const expectedLedger = (view: View): Data => {
  const { names } = view;
  return {
    ...common(view, 'ledger'),
    listen: { back: PORT.back, health: PORT.health, metrics: PORT.metrics },
    origin: `firepit.dev/${names.environment}`,
    writers: [names.service('governor'), names.service('approvals'), names.service('warden')],
    readers: [names.service('approvals')],
  };
};

/** Paths where a value says something else than expected; keys that nobody expected count as well, but at the top. */
const differences = (
  path: string,
  found: unknown,
  wanted: unknown,
): readonly (readonly [string, unknown, unknown])[] => {
  if (same(found, wanted)) return [];
  if (!isData(found) || !isData(wanted)) return [[path, found, wanted]];
  return [...new Set([...Object.keys(wanted), ...Object.keys(found)])].flatMap((key) =>
    differences(`${path}.${key}`, found[key], wanted[key]),
  );
};

interface Schema {
  safeParse(value: unknown): {
    readonly success: boolean;
    readonly error?: {
      readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
    };
  };
}

const valid = new WeakMap<object, readonly string[]>();

/** What a contract says against a file; remembered by the parsed file. */
const issues = (schema: Schema, value: unknown): readonly string[] => {
  if (!isData(value)) return ['it is no JSON object'];
  const known = valid.get(value);
  if (known !== undefined) return known;
  const result = schema.safeParse(value);
  const found = (result.error?.issues ?? []).map((i) => `${i.path.map(String).join('.')}: ${i.message}`);
  valid.set(value, found);
  return found;
};

/** Problems of one configuration file: against its contract, and against the declaration. */
export function fileProblems(
  view: View,
  name: string,
  file: Configuration | undefined,
  schema: Schema,
  expected: Data,
): Problem[] {
  if (file === undefined)
    return [{ object: `Namespace ${view.names.control}`, path: '', problem: `no pod of the part mounts ${name}` }];
  const here = (path: string, problem: string): Problem => ({
    object: file.map,
    path: `data['${name}']${path}`,
    problem,
  });
  const broken = issues(schema, file.value);
  if (broken.length > 0) return broken.map((problem) => here('', `it breaks its contract: ${problem}`));
  return Object.entries(expected).flatMap(([key, wanted]) =>
    differences(`.${key}`, at(file.value, key), wanted).map(([path, found, want]) =>
      here(path, `it says ${show(found)}, and the declaration says ${show(want)}`),
    ),
  );
}
