import {
  Approval,
  Argument,
  Behaviour,
  Duration,
  Exposure,
  External,
  type environment,
  Health,
  HostedModel,
  HttpApi,
  Image,
  ImageLock,
  InCluster,
  McpServer,
  OpaqueHost,
  Operation,
  Owner,
  Peer,
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
import {
  agent,
  at,
  auth,
  base,
  batch,
  customer,
  image,
  kubernetes,
  models,
  openshift,
  operations,
  signer,
  tools,
} from './base';

/** An agent beside the base's, and what it asks that one. */
const other = { ...agent, models: [], tools: [], needsApproval: [], sequence: [] };
const question = Operation.read({ route: Route.post('/ask'), returns: [Taint.UNTRUSTED] });

type Declare = typeof environment;

/**
 * Every promise the types make, by id. `npm run typecheck` proves that each line marked `@ts-expect-error` does not
 * compile; test/declaration/promises.test.ts runs the same functions and proves that none of them runs either.
 */
export const promises = {
  // References
  'front open to a whole namespace': (declare: Declare) =>
    // @ts-expect-error labels are missing
    declare({ ...base, agents: { triage: agent }, host: Exposure.inCluster({ from: [{ namespace: 'portal' }] }) }),
  'front open to anybody': (declare: Declare) =>
    // @ts-expect-error nobody is named
    declare({ ...base, agents: { triage: agent }, host: Exposure.inCluster({}) }),
  'tool reference mistyped': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      agents: { triage: { ...agent, tools: ['tickets.serach'] } },
    }),
  'tool reference without its tool': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      agents: { triage: { ...agent, tools: ['search'] } },
    }),
  'model reference mistyped': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      agents: { triage: { ...agent, models: ['cluade'] } },
    }),
  'approval of a mistyped operation': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      agents: { triage: { ...agent, needsApproval: [Approval.of('tickets.clsoe')] } },
    }),
  'approval condition on a mistyped operation': (declare: Declare) =>
    declare({
      ...base,
      agents: {
        triage: {
          ...agent,
          // @ts-expect-error
          needsApproval: [Approval.when(Sequence.count('tickets.rely').over(5).within(Duration.minutes(10)))],
        },
      },
    }),
  'sequence rule on a mistyped operation': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      agents: { triage: { ...agent, sequence: [Sequence.atMost(20, 'tickets.replay', Duration.hours(1))] } },
    }),
  'sequence rule after a mistyped operation': (declare: Declare) =>
    declare({
      ...base,
      agents: {
        triage: {
          ...agent,
          // @ts-expect-error
          sequence: [Sequence.only('tickets.reply').after('tickets.seach', Duration.hours(1))],
        },
      },
    }),
  'order after a mistyped operation': (declare: Declare) =>
    declare({
      ...base,
      agents: {
        triage: {
          ...agent,
          // @ts-expect-error
          sequence: [Sequence.only('tickets.reply').previous('tickets.seach', Duration.hours(1))],
        },
      },
    }),
  'order that holds a mistyped operation': (declare: Declare) =>
    declare({
      ...base,
      agents: {
        triage: {
          ...agent,
          // @ts-expect-error
          sequence: [Sequence.only('tickets.reply').since('tickets.search', ['crm.custmer'], Duration.hours(1))],
        },
      },
    }),
  'denied condition on a mistyped operation': (declare: Declare) =>
    declare({
      ...base,
      agents: {
        triage: {
          ...agent,
          // @ts-expect-error
          sequence: [Sequence.deny(Sequence.call('tickets.rely').formerly('crm.customer', Duration.hours(1)))],
        },
      },
    }),

  // Missing parts
  'environment without name': (declare: Declare) => {
    const { name: _, ...rest } = base;
    // @ts-expect-error
    return declare({ ...rest, agents: { triage: agent } });
  },
  'environment without owner': (declare: Declare) => {
    const { owner: _, ...rest } = base;
    // @ts-expect-error
    return declare({ ...rest, agents: { triage: agent } });
  },
  'environment without platform': (declare: Declare) => {
    const { platform: _, ...rest } = base;
    // @ts-expect-error
    return declare({ ...rest, agents: { triage: agent } });
  },
  'environment without images': (declare: Declare) => {
    const { images: _, ...rest } = base;
    // @ts-expect-error
    return declare({ ...rest, agents: { triage: agent } });
  },
  'environment without state': (declare: Declare) => {
    const { state: _, ...rest } = base;
    // @ts-expect-error
    return declare({ ...rest, agents: { triage: agent } });
  },
  'environment without supplyChain': (declare: Declare) => {
    const { supplyChain: _, ...rest } = base;
    // @ts-expect-error
    return declare({ ...rest, agents: { triage: agent } });
  },
  'environment without users': (declare: Declare) => {
    const { users: _, ...rest } = base;
    // @ts-expect-error
    return declare({ ...rest, agents: { triage: agent } });
  },
  'environment without host': (declare: Declare) => {
    const { host: _, ...rest } = base;
    // @ts-expect-error
    return declare({ ...rest, agents: { triage: agent } });
  },
  'environment without approvals': (declare: Declare) => {
    const { approvals: _, ...rest } = base;
    // @ts-expect-error
    return declare({ ...rest, agents: { triage: agent } });
  },
  'environment without models': (declare: Declare) => {
    const { models: _, ...rest } = base;
    // @ts-expect-error
    return declare({ ...rest, agents: { triage: { ...agent, models: [] } } });
  },
  'environment without tools': (declare: Declare) => {
    const { tools: _, ...rest } = base;
    // @ts-expect-error
    return declare({ ...rest, agents: { triage: { ...agent, tools: [], needsApproval: [], sequence: [] } } });
  },
  'environment without agents': (declare: Declare) => {
    // @ts-expect-error
    return declare({ ...base });
  },
  'agent without image': (declare: Declare) => {
    const { image: _, ...rest } = agent;
    // @ts-expect-error
    return declare({ ...base, agents: { triage: rest } });
  },
  'agent without workload': (declare: Declare) => {
    const { workload: _, ...rest } = agent;
    // @ts-expect-error
    return declare({ ...base, agents: { triage: rest } });
  },
  'agent without isolation': (declare: Declare) => {
    const { isolation: _, ...rest } = agent;
    // @ts-expect-error
    return declare({ ...base, agents: { triage: rest } });
  },
  'agent without models': (declare: Declare) => {
    const { models: _, ...rest } = agent;
    // @ts-expect-error
    return declare({ ...base, agents: { triage: rest } });
  },
  'agent without tools': (declare: Declare) => {
    const { tools: _, ...rest } = agent;
    // @ts-expect-error
    return declare({ ...base, agents: { triage: { ...rest, needsApproval: [], sequence: [] } } });
  },
  'agent without mayAsk': (declare: Declare) => {
    const { mayAsk: _, ...rest } = agent;
    // @ts-expect-error
    return declare({ ...base, agents: { triage: rest } });
  },
  'agent without needsApproval': (declare: Declare) => {
    const { needsApproval: _, ...rest } = agent;
    // @ts-expect-error
    return declare({ ...base, agents: { triage: rest } });
  },
  'agent without sequence': (declare: Declare) => {
    const { sequence: _, ...rest } = agent;
    // @ts-expect-error
    return declare({ ...base, agents: { triage: rest } });
  },
  'agent without behaviour': (declare: Declare) => {
    const { behaviour: _, ...rest } = agent;
    // @ts-expect-error
    return declare({ ...base, agents: { triage: rest } });
  },
  'agent without health': (declare: Declare) => {
    const { health: _, ...rest } = agent;
    // @ts-expect-error
    return declare({ ...base, agents: { triage: rest } });
  },
  'deployment without replicas': (declare: Declare) => {
    // @ts-expect-error
    const workload = Workload.deployment({});
    return declare({ ...base, agents: { triage: { ...agent, workload } } });
  },
  'cronJob without deadline': (declare: Declare) => {
    // @ts-expect-error
    const workload = Workload.cronJob({ schedule: '30 4 * * *' });
    return declare({ ...base, agents: { triage: { ...batch, workload } } });
  },
  'job without generation': (declare: Declare) => {
    // @ts-expect-error
    const workload = Workload.job({ deadline: Duration.hours(1) });
    return declare({ ...base, agents: { triage: { ...batch, workload } } });
  },
  'sandbox with replicas': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      agents: { triage: { ...agent, workload: { ...Workload.sandbox(), replicas: 2 } } },
    }),
  'behaviour without processes': (declare: Declare) => {
    // @ts-expect-error
    const behaviour = Behaviour.declared({ writes: ['/tmp'] });
    return declare({ ...base, agents: { triage: { ...agent, behaviour } } });
  },
  'approvals without deadline': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      approvals: { approvers: ['group:support-leads'], host: 'approvals.example.com' },
      agents: { triage: agent },
    }),
  'owner without deployers': (declare: Declare) => {
    // @ts-expect-error
    const owner = Owner.team('support-platform', { contact: 'support@example.com' });
    return declare({ ...base, owner, agents: { triage: agent } });
  },
  'tool without auth': (declare: Declare) => {
    // @ts-expect-error
    const tickets = McpServer.at(at, { operations });
    return declare({ ...base, tools: { ...tools, tickets }, agents: { triage: agent } });
  },
  'private host without ranges': (declare: Declare) => {
    // @ts-expect-error
    const somewhere = Private.host('tickets.internal.example.com', {});
    const tickets = McpServer.at(somewhere, { auth, operations });
    return declare({ ...base, tools: { ...tools, tickets }, agents: { triage: agent } });
  },
  'in-cluster service without pod labels': (declare: Declare) => {
    // @ts-expect-error
    const somewhere = InCluster.service('tickets', { namespace: 'helpdesk', port: 8443 });
    const tickets = McpServer.at(somewhere, { auth, operations });
    return declare({ ...base, tools: { ...tools, tickets }, agents: { triage: agent } });
  },
  'secret without key': (declare: Declare) => {
    // @ts-expect-error
    const password = SecretKey.of('postgres');
    const state = State.postgres(at, { database: 'support_desk', password });
    return declare({ ...base, state, agents: { triage: agent } });
  },
  'model without names': (declare: Declare) => {
    // @ts-expect-error
    const claude = HostedModel.anthropic({ auth });
    return declare({ ...base, models: { claude }, agents: { triage: agent } });
  },
  'text argument without length': (declare: Declare) => {
    // @ts-expect-error
    const search = Operation.read({ arguments: { query: Argument.text({}) } });
    const tickets = McpServer.at(at, { auth, operations: { ...operations, search } });
    return declare({ ...base, tools: { ...tools, tickets }, agents: { triage: agent } });
  },
  'number argument without bounds': (declare: Declare) => {
    // @ts-expect-error
    const search = Operation.read({ arguments: { limit: Argument.number({ min: 0 }) } });
    const tickets = McpServer.at(at, { auth, operations: { ...operations, search } });
    return declare({ ...base, tools: { ...tools, tickets }, agents: { triage: agent } });
  },
  'condition without window': (declare: Declare) =>
    declare({
      ...base,
      agents: {
        triage: {
          ...agent,
          // @ts-expect-error
          needsApproval: [Approval.when(Sequence.count('tickets.reply').over(5))],
        },
      },
    }),
  'order without window': (declare: Declare) => {
    // @ts-expect-error
    const sequence = [Sequence.deny(Sequence.call('tickets.reply').formerly('tickets.search'))];
    return declare({ ...base, agents: { triage: { ...agent, sequence } } });
  },
  'limit without window': (declare: Declare) => {
    // @ts-expect-error
    const sequence = [Sequence.atMost(20, 'tickets.reply')];
    return declare({ ...base, agents: { triage: { ...agent, sequence } } });
  },
  'OpenShift without gateway address': (declare: Declare) => {
    const { gatewayAddress: _, ...rest } = openshift;
    // @ts-expect-error
    const platform = Platform.openshift(rest);
    return declare({ ...base, platform, agents: { triage: agent } });
  },
  'HTTP operation without route': (declare: Declare) => {
    const crm = HttpApi.at(at, {
      auth,
      operations: {
        // @ts-expect-error
        customer: Operation.read(),
      },
    });
    return declare({ ...base, tools: { ...tools, crm }, agents: { triage: agent } });
  },

  // What is dangerous has no spelling
  'image by tag': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      agents: { triage: { ...agent, image: 'registry.example.com/agents/triage:1.4.2' } },
    }),
  'image by tag, through the factory': (declare: Declare) => {
    // @ts-expect-error
    const tagged = Image.pinned('registry.example.com/agents/triage:latest');
    return declare({ ...base, agents: { triage: { ...agent, image: tagged } } });
  },
  'route on an MCP operation': (declare: Declare) => {
    const tickets = McpServer.at(at, {
      auth,
      // @ts-expect-error
      operations: { ...operations, search: Operation.read({ route: Route.get('/search') }) },
    });
    return declare({ ...base, tools: { ...tools, tickets }, agents: { triage: agent } });
  },
  'egress of an agent': (declare: Declare) =>
    declare({
      ...base,
      agents: {
        triage: {
          ...agent,
          // @ts-expect-error
          egress: ['0.0.0.0/0'],
        },
      },
    }),
  'answer on timeout': (declare: Declare) =>
    declare({
      ...base,
      approvals: {
        ...base.approvals,
        // @ts-expect-error
        onTimeout: 'approve',
      },
      agents: { triage: agent },
    }),
  'token in place of a secret': (declare: Declare) => {
    // @ts-expect-error
    const claude = HostedModel.anthropic({ names: ['claude-sonnet-4-5'], auth: 'sk-ant-api03-4nTx9Qz81LmWc' });
    return declare({ ...base, models: { claude }, agents: { triage: agent } });
  },
  'state on the internet': (declare: Declare) => {
    const somewhere = External.host('db.example.com', { port: 5432 });
    // @ts-expect-error
    const state = State.postgres(somewhere, {
      database: 'support_desk',
      password: SecretKey.of('postgres', 'password'),
    });
    return declare({ ...base, state, agents: { triage: agent } });
  },
  'spool of a size': (declare: Declare) => {
    const password = SecretKey.of('postgres', 'password');
    // @ts-expect-error
    const state = State.postgres(at, { database: 'support_desk', password, spool: '64Mi' });
    return declare({ ...base, state, agents: { triage: agent } });
  },
  'telemetry on the internet': (declare: Declare) => {
    // @ts-expect-error
    const platform = Platform.kubernetes({ ...kubernetes, telemetry: External.host('otel.example.com') });
    return declare({ ...base, platform, agents: { triage: agent } });
  },
  'URL in place of an endpoint': (declare: Declare) => {
    // @ts-expect-error
    const tickets = McpServer.at('https://tickets.internal.example.com/mcp', { auth, operations });
    return declare({ ...base, tools: { ...tools, tickets }, agents: { triage: agent } });
  },

  // Unknown keys
  'unknown key of the environment': (declare: Declare) =>
    declare({
      ...base,
      agents: { triage: agent },
      // @ts-expect-error
      suppresions: [],
    }),
  'unknown key of an agent': (declare: Declare) =>
    declare({
      ...base,
      agents: {
        triage: {
          ...agent,
          // @ts-expect-error
          needApproval: [],
        },
      },
    }),
  'unknown key of a factory': (declare: Declare) => {
    // @ts-expect-error
    const workload = Workload.deployment({ replicas: 2, minReadySeconds: 5 });
    return declare({ ...base, agents: { triage: { ...agent, workload } } });
  },
  'unknown key of an argument': (declare: Declare) => {
    // @ts-expect-error
    const search = Operation.read({ arguments: { query: Argument.text({ maxLength: 80, minLength: 1 }) } });
    const tickets = McpServer.at(at, { auth, operations: { ...operations, search } });
    return declare({ ...base, tools: { ...tools, tickets }, agents: { triage: agent } });
  },

  // Plain values where a factory's value is due
  'string as isolation': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      agents: { triage: { ...agent, isolation: 'gvisor' } },
    }),
  'string as workload': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      agents: { triage: { ...agent, workload: 'deployment' } },
    }),
  'string as health': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      agents: { triage: { ...agent, health: '/healthz' } },
    }),
  'string as behaviour': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      agents: { triage: { ...agent, behaviour: 'any' } },
    }),
  'string as approval rule': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      agents: { triage: { ...agent, needsApproval: ['tickets.close'] } },
    }),
  'string as sequence rule': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      agents: { triage: { ...agent, sequence: ['never sensitive before external'] } },
    }),
  'string as list of tools': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      agents: { triage: { ...agent, tools: 'tickets.search', needsApproval: [], sequence: [] } },
    }),
  'number as deadline': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      approvals: { ...base.approvals, deadline: 900 },
      agents: { triage: agent },
    }),
  'string as deadline': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      approvals: { ...base.approvals, deadline: '15m' },
      agents: { triage: agent },
    }),
  'string as platform': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      platform: 'kubernetes',
      agents: { triage: agent },
    }),
  'string as state': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      state: 'bundled',
      agents: { triage: agent },
    }),
  'string as users': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      users: 'https://login.example.com',
      agents: { triage: agent },
    }),
  'string as owner': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      owner: 'support-platform',
      agents: { triage: agent },
    }),
  'string as images': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      images: 'images.lock.json',
      agents: { triage: agent },
    }),
  'file name as lock file': (declare: Declare) => {
    // @ts-expect-error
    const images = ImageLock.from('images.lock.json');
    return declare({ ...base, images, agents: { triage: agent } });
  },
  'signer in place of a supply chain': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      supplyChain: signer,
      agents: { triage: agent },
    }),
  'string as signer': (declare: Declare) => {
    // @ts-expect-error
    const supplyChain = SupplyChain.signedBy('cosign');
    return declare({ ...base, supplyChain, agents: { triage: agent } });
  },
  'string as argument': (declare: Declare) => {
    // @ts-expect-error
    const search = Operation.read({ arguments: { query: 'string' } });
    const tickets = McpServer.at(at, { auth, operations: { ...operations, search } });
    return declare({ ...base, tools: { ...tools, tickets }, agents: { triage: agent } });
  },
  'list as operations': (declare: Declare) => {
    // @ts-expect-error
    const tickets = McpServer.at(at, { auth, operations: ['search'] });
    return declare({
      ...base,
      tools: { crm: tools.crm, tickets },
      agents: { triage: { ...agent, tools: [], needsApproval: [], sequence: [] } },
    });
  },
  'list as models': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      models: ['claude-sonnet-4-5'],
      agents: { triage: { ...agent, models: [] } },
    }),
  'list as agents': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      agents: [agent],
    }),
  'number as environment variable': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      agents: { triage: { ...agent, env: { WORKERS: 4 } } },
    }),
  'number as resource': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      agents: { triage: { ...agent, resources: { cpu: 1, memory: '512Mi' } } },
    }),
  'string as replicas': (declare: Declare) => {
    // @ts-expect-error
    const workload = Workload.deployment({ replicas: '2' });
    return declare({ ...base, agents: { triage: { ...agent, workload } } });
  },
  'string as CA': (declare: Declare) => {
    // @ts-expect-error
    const somewhere = Private.host('tickets.internal.example.com', { cidrs: ['10.20.0.0/24'], ca: 'ca.crt' });
    const tickets = McpServer.at(somewhere, { auth, operations });
    return declare({ ...base, tools: { ...tools, tickets }, agents: { triage: agent } });
  },

  // Closed vocabularies
  'Kubernetes of an unsupported version': (declare: Declare) => {
    // @ts-expect-error
    const platform = Platform.kubernetes({ ...kubernetes, version: '1.30' });
    return declare({ ...base, platform, agents: { triage: agent } });
  },
  'OpenShift with a version of Kubernetes': (declare: Declare) => {
    // @ts-expect-error
    const platform = Platform.openshift({ ...openshift, version: '1.36' });
    return declare({ ...base, platform, agents: { triage: agent } });
  },
  'OpenShift key on Kubernetes': (declare: Declare) => {
    // @ts-expect-error
    const platform = Platform.kubernetes({ ...kubernetes, publicIssuer: 'letsencrypt' });
    return declare({ ...base, platform, agents: { triage: agent } });
  },
  'isolation that does not exist': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      agents: { triage: { ...agent, isolation: { kind: 'none' } } },
    }),
  'taint that does not exist': (declare: Declare) => {
    // @ts-expect-error
    const search = Operation.read({ returns: ['sensitiv'] });
    const tickets = McpServer.at(at, { auth, operations: { ...operations, search } });
    return declare({ ...base, tools: { ...tools, tickets }, agents: { triage: agent } });
  },
  'reach that does not exist': (declare: Declare) => {
    // @ts-expect-error
    const search = Operation.read({ reach: 'world' });
    const tickets = McpServer.at(at, { auth, operations: { ...operations, search } });
    return declare({ ...base, tools: { ...tools, tickets }, agents: { triage: agent } });
  },
  'rule with taint and reach mixed up': (declare: Declare) => {
    // @ts-expect-error
    const rule = Sequence.never(Reach.EXTERNAL).before(Taint.SENSITIVE);
    return declare({ ...base, agents: { triage: { ...agent, sequence: [rule] } } });
  },
  'method that does not exist': (declare: Declare) => {
    const crm = HttpApi.at(at, {
      auth,
      operations: {
        // @ts-expect-error
        customer: { ...customer, route: { method: 'TRACE', path: '/v1/customers/{id}' } },
      },
    });
    return declare({ ...base, tools: { ...tools, crm }, agents: { triage: agent } });
  },
  'relative route': (declare: Declare) => {
    const crm = HttpApi.at(at, {
      auth,
      operations: {
        // @ts-expect-error
        customer: { ...customer, route: Route.get('v1/customers/{id}') },
      },
    });
    return declare({ ...base, tools: { ...tools, crm }, agents: { triage: agent } });
  },
  'peer that is no agent': (declare: Declare) => {
    const peer = Peer.agent('researcher', { operations: { ask: question } });
    return declare({
      ...base,
      // @ts-expect-error
      tools: { ...tools, peer },
      agents: { triage: agent, reader: { ...other, tools: ['peer.ask'] } },
    });
  },
  'peer without a route': (declare: Declare) => {
    // @ts-expect-error
    const peer = Peer.agent('triage', { operations: { ask: Operation.read() } });
    return declare({ ...base, tools: { ...tools, peer }, agents: { triage: agent, reader: other } });
  },
  'less said of a tunnel than the worst': (declare: Declare) => {
    // @ts-expect-error
    const packages = OpaqueHost.at(External.host('a.example.com'), { operations: {} });
    return declare({ ...base, tools: { ...tools, packages }, agents: { triage: agent } });
  },
  'tunnel with a credential': (declare: Declare) => {
    // @ts-expect-error
    const packages = OpaqueHost.at(External.host('a.example.com'), { auth });
    return declare({ ...base, tools: { ...tools, packages }, agents: { triage: agent } });
  },
  'operation of a tunnel mistyped': (declare: Declare) =>
    declare({
      ...base,
      tools: { ...tools, packages: OpaqueHost.at(External.host('a.example.com')) },
      // @ts-expect-error
      agents: { triage: agent, reader: { ...other, tools: ['packages.conect'] } },
    }),
  'operation of a peer mistyped': (declare: Declare) =>
    declare({
      ...base,
      tools: { ...tools, peer: Peer.agent('triage', { operations: { ask: question } }) },
      // @ts-expect-error
      agents: { triage: agent, reader: { ...other, tools: ['peer.aks'] } },
    }),
  'relative health path': (declare: Declare) => {
    // @ts-expect-error
    const health = Health.http('healthz');
    return declare({ ...base, agents: { triage: { ...agent, health } } });
  },
  'principal without prefix': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      agents: { triage: { ...agent, mayAsk: ['support'] } },
    }),
  'approver without prefix': (declare: Declare) =>
    declare({
      ...base,
      // @ts-expect-error
      approvals: { ...base.approvals, approvers: ['support-leads'] },
      agents: { triage: agent },
    }),
  'deployer without prefix': (declare: Declare) => {
    // @ts-expect-error
    const owner = Owner.team('support-platform', { contact: 'support@example.com', deployers: ['argocd'] });
    return declare({ ...base, owner, agents: { triage: agent } });
  },
  'signer without issuer': (declare: Declare) => {
    // @ts-expect-error
    const supplyChain = SupplyChain.signedBy(Signer.keyless({ subject: 'release@example.com' }));
    return declare({ ...base, supplyChain, agents: { triage: agent } });
  },
  'users without audience': (declare: Declare) => {
    // @ts-expect-error
    const users = Users.oidc({ issuer: 'https://login.example.com' });
    return declare({ ...base, users, agents: { triage: agent } });
  },
} as const;

/** What does compile, and therefore runs: the promises do not promise too much. */
export const kept = {
  'the base itself': (declare: Declare) => declare({ ...base, agents: { triage: agent } }),
  'an agent that starts by the clock': (declare: Declare) => declare({ ...base, agents: { triage: batch } }),
  'an agent that works once': (declare: Declare) => {
    const workload = Workload.job({ generation: 2, deadline: Duration.hours(1), retries: 1 });
    return declare({ ...base, agents: { triage: { ...batch, workload } } });
  },
  'an agent in a Sandbox': (declare: Declare) =>
    declare({ ...base, agents: { triage: { ...agent, workload: Workload.sandbox() } } }),
  'an agent that may do nothing': (declare: Declare) =>
    declare({
      ...base,
      models: {},
      tools: {},
      agents: {
        idle: { ...agent, image, models: [], tools: [], mayAsk: [], needsApproval: [], sequence: [] },
      },
    }),
  'an agent that asks another': (declare: Declare) =>
    declare({
      ...base,
      tools: { ...tools, peer: Peer.agent('triage', { operations: { ask: question } }) },
      agents: { triage: agent, reader: { ...other, tools: ['peer.ask'] } },
    }),
  'optional parts, undefined': (declare: Declare) =>
    declare({
      ...base,
      models,
      suppressions: undefined,
      agents: { triage: { ...agent, env: undefined, port: undefined } },
    }),
} as const;
