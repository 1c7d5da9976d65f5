import { kubernetes as platform } from '../../../apps/shared/platforms';
import { agentImage, database, images, owner } from '../../../apps/shared/support-desk';
import { supportDesk } from '../../../blueprints';
import {
  AgentEnvironment,
  ApiKey,
  App,
  Approval,
  Argument,
  Bearer,
  Duration,
  environment,
  HostedModel,
  HttpApi,
  InCluster,
  McpServer,
  NoAuth,
  Operation,
  Private,
  Reach,
  Route,
  SecretKey,
  Sequence,
  Taint,
} from '../../../lib';

const { supplyChain, users, approvals, agents } = supportDesk({
  name: 'bank',
  owner,
  platform,
  images,
  agentImage,
  state: database('bank'),
  replicas: 1,
  host: 'bank.example.com',
  approvalsHost: 'approvals.example.com',
});
const account = Argument.matches('^[A-Z]{2}[0-9]{4}$');

/** What the support desk has not: OpenAI's protocol, CAs and ports of one's own, an HTTP API that writes, two agents. */
const app = new App();
new AgentEnvironment(
  app,
  environment({
    name: 'bank',
    owner,
    platform,
    images,
    state: database('bank'),
    host: 'bank.example.com',
    supplyChain,
    users,
    approvals,
    models: {
      gpt: HostedModel.openai({ names: ['gpt-5'], auth: Bearer.from(SecretKey.of('gpt', 'key')) }),
      local: HostedModel.openai({
        names: ['qwen'],
        at: InCluster.service('vllm', {
          namespace: 'models',
          port: 8443,
          pods: { app: 'vllm' },
          ca: SecretKey.of('vllm', 'ca.crt'),
        }),
        auth: NoAuth.because('it stands in the same cluster'),
      }),
    },
    tools: {
      bank: HttpApi.at(
        Private.host('bank.internal.example.com', {
          cidrs: ['10.9.0.0/24'],
          port: 8443,
          ca: SecretKey.of('bank', 'ca.crt'),
        }),
        {
          auth: ApiKey.from(SecretKey.of('bank', 'key')),
          operations: {
            pay: Operation.write({
              route: Route.post('/v1/accounts/{account}/payments'),
              reach: Reach.EXTERNAL,
              arguments: {
                account,
                amount: Argument.number({ min: 0.5, max: 900 }),
                memo: Argument.optional(Argument.text({ maxLength: 20 })),
              },
            }),
            find: Operation.read({
              route: Route.get('/v1/accounts'),
              arguments: { q: Argument.text({ maxLength: 40 }) },
              returns: [Taint.UNTRUSTED],
            }),
            drop: Operation.destructive({ route: Route.delete('/v1/accounts/{account}'), arguments: { account } }),
          },
        },
      ),
      docs: McpServer.at(Private.host('docs.internal.example.com', { cidrs: ['10.9.1.0/24'] }), {
        path: '/api/mcp',
        auth: NoAuth.because('it asks for none'),
        operations: { page: Operation.read() },
      }),
    },
    agents: {
      teller: {
        ...agents.triage,
        models: ['gpt', 'local'],
        tools: ['bank.pay', 'bank.find', 'docs.page'],
        mayAsk: ['user:ada@example.com'],
        port: 8088,
        needsApproval: [Approval.when(Sequence.sum('bank.pay', 'amount').over(1000).within(Duration.minutes(10)))],
        sequence: [
          Sequence.only('bank.pay').after('bank.find', Duration.minutes(5)),
          Sequence.atMost(3, 'docs.page', Duration.minutes(1)),
        ],
      },
      nightWatch: {
        ...agents.triage,
        models: [],
        tools: ['docs.page'],
        mayAsk: [],
        needsApproval: [],
        sequence: [],
      },
    },
  }),
);
app.synth();
