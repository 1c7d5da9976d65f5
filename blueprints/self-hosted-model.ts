import {
  Argument,
  Bearer,
  Behaviour,
  Duration,
  type EnvironmentDeclaration,
  environment,
  Health,
  HttpApi,
  Isolation,
  Operation,
  type PinnedImage,
  Private,
  Route,
  SecretKey,
  SelfHostedModel,
  Sequence,
  type Signer,
  SupplyChain,
  Users,
  Workload,
} from '../lib';

/** What differs from one use of a model of one's own to the next. */
export interface SelfHostedModelProps
  extends Pick<EnvironmentDeclaration, 'name' | 'owner' | 'platform' | 'images' | 'state' | 'host' | 'suppressions'> {
  /** Host of the approvals page. */
  readonly approvalsHost: string;
  /** The agent's image, by digest. */
  readonly agentImage: PinnedImage;
  /** The image of the model server, by digest: vLLM, or another that speaks the OpenAI API. */
  readonly serverImage: PinnedImage;
  /** Who signed the images of agent and server. */
  readonly signer: Signer;
  /** The model that answers: its artefact by digest, and who signed that. */
  readonly reader: { readonly artifact: PinnedImage; readonly signer: Signer };
  /** The model that makes summaries: whose key signed its files beside. */
  readonly summariser: { readonly artifact: PinnedImage; readonly signer: Signer; readonly files: Signer };
}

const repository = (artifact: PinnedImage): string => artifact.split('@')[0] ?? artifact;

/** A server that listens to its sidecar alone and asks no hub. */
const serve = (image: PinnedImage, name: string) => ({
  image,
  isolation: Isolation.userNamespace(),
  args: ['--model', '/models', '--served-model-name', name, '--host', '127.0.0.1', '--port', '8000'],
  env: { HF_HUB_OFFLINE: '1', TRANSFORMERS_OFFLINE: '1', VLLM_NO_USAGE_STATS: '1' },
  behaviour: Behaviour.declared({ processes: ['/usr/bin/python3.12'], writes: ['/tmp'] }),
  health: Health.http('/health'),
  resources: { cpu: '4', memory: '32Gi' },
  accelerator: { resource: 'nvidia.com/gpu', count: 1 },
});

/**
 * An agent that answers questions about contracts with a model that never leaves the cluster: the prompts hold what no
 * provider may see. It reads one contract at a time and does nothing else.
 */
export const selfHostedModel = ({
  approvalsHost,
  agentImage,
  serverImage,
  signer,
  reader,
  summariser,
  ...props
}: SelfHostedModelProps) =>
  environment({
    ...props,
    supplyChain: SupplyChain.signedBy(signer, {
      repositories: {
        [repository(reader.artifact)]: { signer: reader.signer },
        [repository(summariser.artifact)]: { signer: summariser.signer },
      },
    }),
    users: Users.oidc({ issuer: 'https://login.example.com', audience: 'contracts' }),
    approvals: { approvers: ['group:legal-leads'], deadline: Duration.minutes(15), host: approvalsHost },
    models: {
      reader: SelfHostedModel.oci({
        names: ['reader-7b'],
        artifact: reader.artifact,
        server: serve(serverImage, 'reader-7b'),
      }),
      summariser: SelfHostedModel.files({
        names: ['summariser-1b'],
        artifact: summariser.artifact,
        signer: summariser.files,
        server: serve(serverImage, 'summariser-1b'),
      }),
    },
    tools: {
      contracts: HttpApi.at(Private.host('contracts.internal.example.com', { cidrs: ['10.22.0.0/28'] }), {
        auth: Bearer.from(SecretKey.of('contracts', 'token')),
        operations: {
          read: Operation.read({
            route: Route.get('/v1/contracts/{id}'),
            arguments: { id: Argument.matches('^K-[0-9]{1,12}$') },
          }),
        },
      }),
    },
    agents: {
      clerk: {
        image: agentImage,
        workload: Workload.deployment({ replicas: 1 }),
        isolation: Isolation.userNamespace(),
        models: ['reader', 'summariser'],
        tools: ['contracts.read'],
        mayAsk: ['group:legal'],
        needsApproval: [],
        sequence: [Sequence.atMost(100, 'contracts.read', Duration.hours(1))],
        behaviour: Behaviour.declared({ processes: ['/usr/bin/python3.12'], writes: ['/tmp'] }),
        health: Health.http('/healthz'),
      },
    },
    locked: ['supplyChain', 'models', 'agents.*.models', 'agents.*.sequence', 'approvals.approvers'],
  });
