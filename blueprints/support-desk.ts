import {
  ApiKey,
  Approval,
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
  type Principal,
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

/** What differs from one support desk to the next. */
export interface SupportDeskProps
  extends Pick<EnvironmentDeclaration, 'name' | 'owner' | 'platform' | 'images' | 'state' | 'host' | 'suppressions'> {
  /** Host of the approvals page. */
  readonly approvalsHost: string;
  /** The agent's image, by digest. */
  readonly agentImage: PinnedImage;
  readonly replicas: number;
  /** Who may ask the agent. @default - group:support */
  readonly mayAsk?: readonly Principal[];
}

/**
 * An agent that triages support tickets: it reads tickets and customer records, replies to customers, and closes
 * tickets when a person agrees. It never purges, and never writes to the outside after it saw customer data.
 */
export const supportDesk = ({ approvalsHost, agentImage, replicas, mayAsk, ...props }: SupportDeskProps) =>
  environment({
    ...props,
    supplyChain: SupplyChain.signedBy(
      Signer.keyless({
        issuer: 'https://token.actions.githubusercontent.com',
        subject: 'https://github.com/example/agents/.github/workflows/release.yaml@refs/heads/main',
      }),
    ),
    users: Users.oidc({ issuer: 'https://login.example.com', audience: 'support-desk' }),
    approvals: { approvers: ['group:support-leads'], deadline: Duration.minutes(15), host: approvalsHost },
    models: {
      claude: HostedModel.anthropic({ names: ['claude-sonnet-4-5'], auth: ApiKey.from(SecretKey.of('claude', 'key')) }),
    },
    tools: {
      tickets: McpServer.at(Private.host('tickets.internal.example.com', { cidrs: ['10.20.0.0/24'] }), {
        auth: Bearer.from(SecretKey.of('tickets', 'token')),
        operations: {
          search: Operation.read({ returns: [Taint.UNTRUSTED] }),
          reply: Operation.write({
            reach: Reach.EXTERNAL,
            arguments: { ticket: Argument.matches('^T-[0-9]+$'), body: Argument.text({ maxLength: 4000 }) },
          }),
          close: Operation.write({ arguments: { ticket: Argument.matches('^T-[0-9]+$') } }),
          purge: Operation.destructive(),
        },
      }),
      crm: HttpApi.at(Private.host('crm.internal.example.com', { cidrs: ['10.21.0.0/28'] }), {
        auth: Bearer.from(SecretKey.of('crm', 'token')),
        operations: {
          customer: Operation.read({
            route: Route.get('/v1/customers/{id}'),
            arguments: { id: Argument.matches('^C-[0-9]{1,12}$') },
            returns: [Taint.SENSITIVE],
          }),
        },
      }),
    },
    agents: {
      triage: {
        image: agentImage,
        workload: Workload.deployment({ replicas }),
        isolation: Isolation.userNamespace(),
        models: ['claude'],
        tools: ['tickets.search', 'tickets.reply', 'tickets.close', 'crm.customer'],
        mayAsk: mayAsk ?? ['group:support'],
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
      },
    },
    locked: ['supplyChain', 'agents.*.needsApproval', 'agents.*.sequence', 'approvals.deadline', 'approvals.approvers'],
  });
