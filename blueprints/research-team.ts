import {
  ApiKey,
  Approval,
  Argument,
  Bearer,
  Behaviour,
  Duration,
  type EnvironmentDeclaration,
  External,
  environment,
  Health,
  HostedModel,
  HttpApi,
  Isolation,
  McpServer,
  OpaqueHost,
  Operation,
  Peer,
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

/** What differs from one research team to the next. */
export interface ResearchTeamProps
  extends Pick<EnvironmentDeclaration, 'name' | 'owner' | 'platform' | 'images' | 'state' | 'host' | 'suppressions'> {
  /** Host of the approvals page. */
  readonly approvalsHost: string;
  /** The agents' images, by digest. */
  readonly agentImages: { readonly lead: PinnedImage; readonly researcher: PinnedImage; readonly writer: PinnedImage };
}

/**
 * A lead that people ask, a researcher that it asks, and a writer that both may ask. The researcher searches the web
 * and the library, fetches packages, and never goes out again after it saw the library; only the lead publishes, and a person agrees each time.
 * All of one question is one run: whoever reads what must not leave, nobody of them sends anything out any more.
 */
export const researchTeam = ({ approvalsHost, agentImages, ...props }: ResearchTeamProps) => {
  const agent = {
    workload: Workload.deployment({ replicas: 1 }),
    isolation: Isolation.userNamespace(),
    models: ['claude'],
    behaviour: Behaviour.declared({ processes: ['/usr/bin/python3.12'], writes: ['/tmp'] }),
    health: Health.http('/healthz'),
  } as const;
  const nothingLeaves = Sequence.never(Taint.SENSITIVE).before(Reach.EXTERNAL);
  return environment({
    ...props,
    supplyChain: SupplyChain.signedBy(
      Signer.keyless({
        issuer: 'https://token.actions.githubusercontent.com',
        subject: 'https://github.com/example/agents/.github/workflows/release.yaml@refs/heads/main',
      }),
    ),
    users: Users.oidc({ issuer: 'https://login.example.com', audience: 'research-team' }),
    approvals: { approvers: ['group:editors'], deadline: Duration.minutes(30), host: approvalsHost },
    runs: { lifetime: Duration.hours(8), depth: 2 },
    models: {
      claude: HostedModel.anthropic({ names: ['claude-sonnet-4-5'], auth: ApiKey.from(SecretKey.of('claude', 'key')) }),
    },
    tools: {
      researcher: Peer.agent('researcher', {
        operations: {
          // What it reads on the way taints the run by itself.
          ask: Operation.read({
            route: Route.post('/ask'),
            arguments: { question: Argument.text({ maxLength: 4000 }) },
          }),
        },
      }),
      writer: Peer.agent('writer', {
        operations: {
          draft: Operation.read({
            route: Route.post('/draft'),
            arguments: { notes: Argument.text({ maxLength: 20000 }) },
          }),
        },
      }),
      web: HttpApi.at(External.host('search.example.com'), {
        auth: ApiKey.from(SecretKey.of('web', 'key')),
        operations: {
          search: Operation.read({
            reach: Reach.EXTERNAL,
            route: Route.get('/v1/search'),
            arguments: { q: Argument.text({ maxLength: 256 }) },
            returns: [Taint.UNTRUSTED],
          }),
        },
      }),
      library: McpServer.at(Private.host('library.internal.example.com', { cidrs: ['10.22.0.0/28'] }), {
        auth: Bearer.from(SecretKey.of('library', 'token')),
        operations: {
          search: Operation.read({ returns: [Taint.SENSITIVE] }),
          publish: Operation.write({
            arguments: { title: Argument.text({ maxLength: 200 }), text: Argument.text({ maxLength: 20000 }) },
          }),
        },
      }),
      // A package manager knows no base URL, and verifies the host itself: nobody sees into it, so it is capped.
      packages: OpaqueHost.at(External.host('packages.example.com'), {
        caps: { bytes: 64 * 1024 * 1024, connections: 2, duration: Duration.minutes(5) },
      }),
    },
    agents: {
      lead: {
        ...agent,
        image: agentImages.lead,
        tools: ['researcher.ask', 'writer.draft', 'library.publish'],
        mayAsk: ['group:analysts'],
        needsApproval: [Approval.of('library.publish')],
        sequence: [Sequence.atMost(10, 'researcher.ask', Duration.hours(1)), nothingLeaves],
      },
      researcher: {
        ...agent,
        image: agentImages.researcher,
        workload: Workload.sandbox(),
        tools: ['web.search', 'library.search', 'writer.draft', 'packages.connect'],
        mayAsk: [],
        needsApproval: [],
        sequence: [
          Sequence.atMost(50, 'web.search', Duration.hours(1)),
          Sequence.atMost(20, 'packages.connect', Duration.hours(1)),
          nothingLeaves,
        ],
      },
      writer: { ...agent, image: agentImages.writer, tools: [], mayAsk: [], needsApproval: [], sequence: [] },
    },
    locked: [
      'supplyChain',
      'runs.depth',
      'tools.packages.caps',
      'agents.*.tools',
      'agents.*.needsApproval',
      'agents.*.sequence',
    ],
  });
};
