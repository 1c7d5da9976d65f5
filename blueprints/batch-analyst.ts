import {
  ApiKey,
  Argument,
  Bearer,
  Behaviour,
  Duration,
  type EnvironmentDeclaration,
  environment,
  Health,
  HostedModel,
  HttpApi,
  Isolation,
  McpServer,
  Operation,
  type PinnedImage,
  Private,
  Reach,
  Route,
  SecretKey,
  Sequence,
  Signer,
  SupplyChain,
  Taint,
  Users,
  Workload,
} from '../lib';

/** What differs from one analyst to the next. */
export interface BatchAnalystProps
  extends Pick<EnvironmentDeclaration, 'name' | 'owner' | 'platform' | 'images' | 'state' | 'host' | 'suppressions'> {
  /** Host of the page where people release what was contained. */
  readonly approvalsHost: string;
  /** The agent's image, by digest. */
  readonly agentImage: PinnedImage;
  /** When it starts, in the five fields of cron. */
  readonly schedule: string;
  /** @default 'Etc/UTC' */
  readonly timeZone?: string;
}

/**
 * An agent that nobody asks: by night it reads the sales of the day before and publishes one report. It has no user,
 * so it has no operation that a person would have to agree to: it reads what is declared, writes one thing a run, and
 * sends nothing out of the house.
 */
export const batchAnalyst = ({
  approvalsHost,
  agentImage,
  schedule,
  timeZone = 'Etc/UTC',
  ...props
}: BatchAnalystProps) =>
  environment({
    ...props,
    supplyChain: SupplyChain.signedBy(
      Signer.keyless({
        issuer: 'https://token.actions.githubusercontent.com',
        subject: 'https://github.com/example/agents/.github/workflows/release.yaml@refs/heads/main',
      }),
    ),
    users: Users.oidc({ issuer: 'https://login.example.com', audience: 'batch-analyst' }),
    // Nothing waits for an approval. Two of these people release an agent that was contained.
    approvals: { approvers: ['group:data-leads'], deadline: Duration.minutes(15), host: approvalsHost },
    models: {
      claude: HostedModel.anthropic({ names: ['claude-sonnet-4-5'], auth: ApiKey.from(SecretKey.of('claude', 'key')) }),
    },
    tools: {
      warehouse: HttpApi.at(Private.host('warehouse.internal.example.com', { cidrs: ['10.40.0.0/28'] }), {
        auth: Bearer.from(SecretKey.of('warehouse', 'token')),
        operations: {
          sales: Operation.read({
            route: Route.get('/v1/sales/{day}'),
            arguments: { day: Argument.matches('^20[0-9]{2}-[0-9]{2}-[0-9]{2}$') },
            returns: [Taint.SENSITIVE],
          }),
        },
      }),
      reports: McpServer.at(Private.host('reports.internal.example.com', { cidrs: ['10.41.0.0/28'] }), {
        auth: Bearer.from(SecretKey.of('reports', 'token')),
        operations: {
          publish: Operation.write({
            arguments: { title: Argument.text({ maxLength: 200 }), body: Argument.text({ maxLength: 20_000 }) },
          }),
          withdraw: Operation.destructive(),
        },
      }),
    },
    agents: {
      analyst: {
        image: agentImage,
        workload: Workload.cronJob({ schedule, timeZone, deadline: Duration.hours(2) }),
        isolation: Isolation.userNamespace(),
        models: ['claude'],
        tools: ['warehouse.sales', 'reports.publish'],
        mayAsk: [],
        needsApproval: [],
        sequence: [
          Sequence.atMost(500, 'warehouse.sales', Duration.hours(2)),
          Sequence.atMost(1, 'reports.publish', Duration.hours(2)),
          Sequence.only('reports.publish').after('warehouse.sales', Duration.hours(2)),
          // The report says what was read: nothing is read on its account afterwards.
          Sequence.deny(Sequence.call('warehouse.sales').formerly('reports.publish', Duration.hours(2))),
          Sequence.never(Taint.SENSITIVE).before(Reach.EXTERNAL),
        ],
        behaviour: Behaviour.declared({ processes: ['/usr/bin/python3.12'], writes: ['/tmp'] }),
        health: Health.exits(),
      },
    },
    locked: ['supplyChain', 'agents.*.workload.deadline', 'agents.*.tools', 'agents.*.sequence'],
  });
