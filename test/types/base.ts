import { createHash } from 'node:crypto';
import {
  ApiKey,
  Approval,
  Argument,
  Bearer,
  Behaviour,
  Duration,
  Health,
  HostedModel,
  HttpApi,
  Image,
  ImageLock,
  InCluster,
  Isolation,
  McpServer,
  Operation,
  Owner,
  Platform,
  Private,
  Reach,
  Route,
  SecretKey,
  Sequence,
  Signer,
  State,
  SupplyChain,
  Taint,
  Users,
  Workload,
} from '../../lib/declaration';

/** Parts of one valid declaration, from which the promises and the bad inputs each differ in one place. */

const digest = 'f05e07feae72b721ff56673b08f29f2226921c30bfd76eb89244a5edfe7c8fa2';
export const image = Image.pinned(`registry.example.com/agents/triage@sha256:${digest}`);
const product = (part: string): string =>
  `registry.example.com/firepit/${part}@sha256:${createHash('sha256').update(part).digest('hex')}`;
export const secret = SecretKey.of('tickets', 'token');
export const auth = Bearer.from(secret);
export const at = Private.host('tickets.internal.example.com', { cidrs: ['10.20.0.0/24'] });
export const signer = Signer.keyless({
  issuer: 'https://token.actions.githubusercontent.com',
  subject: 'https://github.com/example/agents/.github/workflows/release.yaml@refs/heads/main',
});

export const models = {
  claude: HostedModel.anthropic({ names: ['claude-sonnet-4-5'], auth: ApiKey.from(SecretKey.of('claude', 'key')) }),
};
export const operations = {
  search: Operation.read({ returns: [Taint.UNTRUSTED] }),
  reply: Operation.write({
    reach: Reach.EXTERNAL,
    arguments: { ticket: Argument.matches('^T-[0-9]+$'), minutes: Argument.integer({ min: 0, max: 60 }) },
  }),
  close: Operation.write(),
  purge: Operation.destructive(),
};
export const customer = Operation.read({
  route: Route.get('/v1/customers/{id}'),
  arguments: { id: Argument.matches('^C-[0-9]{1,12}$') },
  returns: [Taint.SENSITIVE],
});
export const tools = {
  tickets: McpServer.at(at, { auth, operations }),
  crm: HttpApi.at(Private.host('crm.internal.example.com', { cidrs: ['10.21.0.0/28'] }), {
    auth,
    operations: { customer },
  }),
};
export const agent = {
  image,
  workload: Workload.deployment({ replicas: 2 }),
  isolation: Isolation.userNamespace(),
  models: ['claude'],
  tools: ['tickets.search', 'tickets.reply', 'tickets.close', 'crm.customer'],
  mayAsk: ['group:support'],
  needsApproval: [
    Approval.of('tickets.close'),
    Approval.when(Sequence.count('tickets.reply').over(5).within(Duration.minutes(10))),
  ],
  sequence: [
    Sequence.atMost(20, 'tickets.reply', Duration.hours(1)),
    Sequence.never(Taint.SENSITIVE).before(Reach.EXTERNAL),
  ],
  behaviour: Behaviour.declared({ processes: ['/usr/bin/python3.12'], writes: ['/tmp'] }),
  health: Health.http('/healthz'),
} as const;
/** The same agent as one that starts by the clock and ends: it has no user. */
export const batch = {
  ...agent,
  workload: Workload.cronJob({ schedule: '30 4 * * 1-5', deadline: Duration.hours(2) }),
  mayAsk: [],
  needsApproval: [],
  health: Health.exits(),
} as const;

/** Facts of a cluster that both platforms share. */
export const facts = {
  apiServer: { cidrs: ['192.168.10.10/32'], port: 6443 },
  nodes: ['192.168.10.0/24'],
  pods: ['10.244.0.0/16'],
  services: ['10.96.0.0/16'],
  monitoring: { namespace: 'monitoring' },
  telemetry: InCluster.service('otel-collector', { namespace: 'observability', port: 4317, pods: { app: 'otel' } }),
};
export const kubernetes = {
  ...facts,
  version: '1.36',
  ingress: { gateway: 'public', namespace: 'gateway-system', proxies: { namespace: 'gateway-system' } },
  clusterNetworkPolicy: true,
} as const;
export const openshift = {
  ...facts,
  version: '4.20',
  gatewayAddress: '10.96.200.10',
  publicIssuer: 'letsencrypt',
} as const;

export const base = {
  name: 'support-desk',
  owner: Owner.team('support-platform', { contact: 'support@example.com', deployers: ['group:platform-engineers'] }),
  platform: Platform.kubernetes(kubernetes),
  images: ImageLock.from({
    version: 1,
    example: true,
    signer,
    images: {
      envoy: product('envoy'),
      governor: product('governor'),
      approvals: product('approvals'),
      warden: product('warden'),
      ledger: product('ledger'),
      postgres: product('postgres'),
    },
  }),
  state: State.postgres(Private.host('postgres.internal.example.com', { cidrs: ['10.30.0.8/29'], port: 5432 }), {
    database: 'support_desk',
    password: SecretKey.of('postgres', 'password'),
  }),
  supplyChain: SupplyChain.signedBy(signer),
  users: Users.oidc({ issuer: 'https://login.example.com', audience: 'support-desk' }),
  host: 'support-desk.example.com',
  approvals: {
    approvers: ['group:support-leads'],
    deadline: Duration.minutes(15),
    host: 'approvals.example.com',
  },
  models,
  tools,
} as const;
