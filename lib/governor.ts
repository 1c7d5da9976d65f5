import { Construct } from 'constructs';
import {
  type ApprovalRuleConfig,
  CONTRACT_VERSION,
  type GovernorConfig,
  governorConfig,
  type SequenceConditionConfig,
  type SequenceRuleConfig,
} from '../contract';
import type { Context } from './context';
import {
  apiServerFiles,
  ControlService,
  configFiles,
  controlReplicas,
  immutableConfig,
  ownTls,
  PATHS,
  stateAccess,
  telemetryAccess,
  usersAccess,
} from './control-plane';
import type {
  Agent,
  ApprovalRule,
  EnvironmentDeclaration,
  OpaqueHost,
  SequenceCondition,
  SequenceRule,
  Tool,
} from './declaration';
import { protocolOf } from './declaration/model';
import { tunnelTo } from './declaration/opaque-host';
import type { HttpOperation, Operation } from './declaration/operation';
import { DEFAULT_RUNS } from './declaration/run';
import { JSON_DEPTH, LIMITS } from './gateway';
import { cedarPolicy, ruleIds } from './identity/cedar';
import { jsonFile } from './json';
import { KubeObject } from './k8s';
import { audienceOf, digestName, objectName, PORT } from './names';

const condition = ({ within, ...rest }: SequenceCondition): SequenceConditionConfig => ({
  ...rest,
  withinSeconds: within.seconds,
});

const sequenceRule = (rule: SequenceRule, id: string): SequenceRuleConfig => {
  if (rule.kind === 'atMost') {
    const { per, ...rest } = rule;
    return { id, ...rest, perSeconds: per.seconds };
  }
  if (rule.kind === 'neverBefore') return { id, kind: rule.kind, taint: rule.taint, before: rule.before };
  if (rule.kind === 'deny') return { id, kind: rule.kind, condition: condition(rule.condition) };
  if (rule.kind === 'onlyWhen') {
    const { within, ...rest } = rule.condition;
    return { id, kind: rule.kind, condition: { ...rest, withinSeconds: within.seconds } };
  }
  return { id, kind: rule.kind, operation: rule.operation, after: rule.after, withinSeconds: rule.within.seconds };
};

const approvalRule = (rule: ApprovalRule, id: string): ApprovalRuleConfig =>
  rule.kind === 'operation'
    ? { id, kind: rule.kind, operation: rule.operation }
    : { id, kind: rule.kind, condition: condition(rule.condition) };

const agentConfig = (context: Context, name: string, agent: Agent): GovernorConfig['agents'][string] => {
  const ids = ruleIds(name, agent);
  return {
    serviceAccount: `system:serviceaccount:${context.names.agents}:${objectName(name)}`,
    certificateName: context.names.agentHost(name),
    models: [...agent.models],
    operations: [...agent.tools],
    mayAsk: [...agent.mayAsk],
    needsApproval: agent.needsApproval.map((rule, i) => approvalRule(rule, ids.approvals[i] ?? '')),
    sequence: agent.sequence.map((rule, i) => sequenceRule(rule, ids.sequence[i] ?? '')),
  };
};

type OperationConfig = GovernorConfig['tools'][string]['operations'][string];
const operationConfig = (operation: Operation & Partial<HttpOperation>): OperationConfig => ({
  effect: operation.effect,
  reach: operation.reach,
  returns: [...operation.returns],
  // An argument that was not declared is refused for everything but internal reads.
  arguments:
    operation.arguments === undefined
      ? operation.effect === 'read' && operation.reach === 'internal'
        ? 'any'
        : {}
      : (structuredClone(operation.arguments) as OperationConfig['arguments']),
  ...(operation.manifest === undefined ? {} : { manifest: operation.manifest }),
  ...(operation.route === undefined ? {} : { route: { ...operation.route } }),
});

const tunnelConfig = ({ at, caps: { bytes, connections, duration } }: OpaqueHost) => ({
  to: tunnelTo(at),
  bytes,
  connections,
  seconds: duration.seconds,
});

const PROTOCOL = { mcpServer: 'mcp', httpApi: 'http', peer: 'http', opaqueHost: 'connect' } as const;

const toolConfig = (tool: Tool): GovernorConfig['tools'][string] => ({
  protocol: PROTOCOL[tool.kind],
  ...(tool.kind === 'opaqueHost' ? { tunnel: tunnelConfig(tool) } : {}),
  ...(tool.kind === 'peer' ? { agent: tool.agent } : {}),
  operations: Object.fromEntries(
    Object.entries(tool.operations).map(([name, operation]) => [name, operationConfig(operation)]),
  ),
});

/** Only where agents ask one another is there a depth. */
const runsConfig = ({ runs = DEFAULT_RUNS, tools }: EnvironmentDeclaration): GovernorConfig['runs'] => ({
  lifetimeSeconds: runs.lifetime.seconds,
  ...(Object.values(tools).some(({ kind }) => kind === 'peer') ? { depth: runs.depth ?? DEFAULT_RUNS.depth } : {}),
});

const record = <T, U>(values: Readonly<Record<string, T>>, map: (value: T, name: string) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value, name)]));

const GUARD = { mode: 'enforce', normalise: true, maxDecodeDepth: 4 } as const;

/** A ConfigMap of their own: configuration and policies both grow with what agents may do, and each has 1 MiB. */
const POLICIES = 'governor-policies';

/** Where denials and outcomes wait for the database: on the node, beside nothing that the database needs. */
const SPOOL = { name: 'spool', path: '/var/lib/firepit/spool' } as const;

const spoolAccess = ({ declaration: { state } }: Context) =>
  state.kind === 'postgres' && state.spool === true
    ? {
        config: { spool: `${SPOOL.path}/entries` },
        files: [
          {
            // The governor stops at 32 MiB; a volume over its limit would evict the pod.
            volume: { name: SPOOL.name, emptyDir: { sizeLimit: '64Mi' } },
            mount: { name: SPOOL.name, mountPath: SPOOL.path },
          },
        ],
      }
    : { config: {}, files: [] };

/** The governor's configuration: the declaration, in the words of the contract. */
export const governorConfigOf = (context: Context): GovernorConfig => {
  const { declaration, names } = context;
  return governorConfig.parse({
    version: CONTRACT_VERSION,
    environment: names.environment,
    listen: { decide: PORT.decide, health: PORT.health, metrics: PORT.metrics },
    tls: ownTls,
    gateway: names.service('gateway'),
    token: {
      audience: audienceOf(names.environment),
      jwks: 'https://kubernetes.default.svc/openid/v1/jwks',
      ca: `${PATHS.apiServer}/ca.crt`,
      credential: `${PATHS.apiServer}/token`,
      ...(declaration.platform.tokenReview === undefined
        ? {}
        : {
            review: {
              url: 'https://kubernetes.default.svc/apis/authentication.k8s.io/v1/tokenreviews',
              cacheSeconds: declaration.platform.tokenReview.seconds,
            },
          }),
    },
    users: usersAccess(context).config,
    agents: record(declaration.agents, (agent, name) => agentConfig(context, name, agent)),
    models: record(declaration.models, (model) => ({ protocol: protocolOf(model), names: [...model.names] })),
    tools: record(declaration.tools, toolConfig),
    policies: {
      schema: `${PATHS.policies}/schema.cedarschema`,
      policies: `${PATHS.policies}/policies.cedar`,
      digest: cedarPolicy(context).digest,
    },
    guard: {
      user: { ...GUARD, secrets: 'block' },
      model: { ...GUARD, secrets: 'redact' },
      toolResult: { ...GUARD, secrets: 'redact' },
    },
    limits: {
      bodyBytes: LIMITS.bodyBytes,
      jsonDepth: JSON_DEPTH,
      decisionMilliseconds: LIMITS.decisionMilliseconds,
      agentCalls: LIMITS.agentCalls,
    },
    approvals: {
      server: { host: names.service('approvals'), port: PORT.back },
      deadlineSeconds: declaration.approvals.deadline.seconds,
      approvers: [...declaration.approvals.approvers],
    },
    runs: runsConfig(declaration),
    ledger: { server: { host: names.service('ledger'), port: PORT.back } },
    state: { ...stateAccess(context).config, ...spoolAccess(context).config },
    telemetry: telemetryAccess(context, 'governor').config,
  });
};

/** Roles that every cluster has (Kubernetes: Using RBAC Authorization, default roles). */
const ISSUER_DISCOVERY = 'system:service-account-issuer-discovery';
const AUTH_DELEGATOR = 'system:auth-delegator';

/** The policy decision point: stateless replicas behind the gateway. */
export class Governor extends Construct {
  constructor(scope: Construct, id: string, context: Context) {
    super(scope, id);
    const { declaration } = context;
    const { schema, policies } = cedarPolicy(context);
    const rules = { 'schema.cedarschema': schema, 'policies.cedar': policies };
    immutableConfig(this, context, POLICIES, context.names.control, rules, 'policies');
    new ControlService(this, 'Default', context, {
      component: 'governor',
      purpose: 'decides on every call, in its sequence, and records before it lets through',
      replicas: controlReplicas(declaration),
      config: { 'governor.json': jsonFile(governorConfigOf(context), 2) },
      ports: { decide: PORT.decide },
      files: [
        configFiles('policies', digestName(POLICIES, rules), PATHS.policies),
        apiServerFiles(),
        ...usersAccess(context).files,
        ...stateAccess(context).files,
        ...spoolAccess(context).files,
        ...telemetryAccess(context, 'governor').files,
      ],
      memory: '384Mi',
    });
    // The keys that verify service-account tokens; nothing else of the API server.
    this.bind(context, 'issuer-discovery', 'the governor reads the keys of service-account tokens', ISSUER_DISCOVERY);
    if (declaration.platform.tokenReview !== undefined)
      this.bind(
        context,
        'token-review',
        'the governor asks whether a service-account token still holds',
        AUTH_DELEGATOR,
      );
  }

  private bind({ metadata, names }: Context, id: string, purpose: string, role: string): void {
    new KubeObject(this, id, 'ClusterRoleBinding', {
      metadata: metadata(names.cluster(`governor-${id}`), { purpose }),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'ServiceAccount', name: 'governor', namespace: names.control }],
    });
  }
}
