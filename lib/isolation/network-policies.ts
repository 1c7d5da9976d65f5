import { Construct } from 'constructs';
import type { Context } from '../context';
import type { Endpoint, PodPeer } from '../declaration';
import { NOT_PUBLIC_V4, NOT_PUBLIC_V6 } from '../declaration/cidr';
import { issuerPort, providersOf } from '../declaration/people';
import { upstreamTools } from '../declaration/tool';
import { entriesOf } from '../entries';
import { KubeObject, type NetworkPolicyPeer, type NetworkPolicySpec } from '../k8s';
import { modelLabels, placedModels } from '../model-place';
import { type Component, FALCO_PODS, LABEL, modelLabel, objectName, PORT, SYSTEM_NAMESPACE } from '../names';

type Ports = NonNullable<NonNullable<NetworkPolicySpec['egress']>[number]['ports']>;
/** One direction of one allowed connection. */
interface Allow {
  readonly peers: readonly NetworkPolicyPeer[];
  readonly ports: Ports;
}

const tcp = (...ports: readonly number[]): Ports => ports.map((port) => ({ protocol: 'TCP', port }));
const pods = (namespace: string, labels: Readonly<Record<string, string>> | undefined): NetworkPolicyPeer => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
  podSelector: labels === undefined ? {} : { matchLabels: labels },
});
const peer = (p: PodPeer): NetworkPolicyPeer => pods(p.namespace, p.pods);

/** Public addresses minus everything that is not: what an External.host may resolve to. */
const publicInternet: readonly NetworkPolicyPeer[] = [
  { ipBlock: { cidr: '0.0.0.0/0', except: [...NOT_PUBLIC_V4] } },
  { ipBlock: { cidr: '::/0', except: [...NOT_PUBLIC_V6] } },
];

/** Where an upstream is, as NetworkPolicy says it. */
const upstream = (at: Endpoint): Allow => {
  if (at.kind === 'external') return { peers: publicInternet, ports: tcp(at.port) };
  if (at.kind === 'private') return { peers: at.cidrs.map((cidr) => ({ ipBlock: { cidr } })), ports: tcp(at.port) };
  return { peers: [pods(at.namespace, at.pods)], ports: tcp(at.port) };
};

const unique = (allows: readonly Allow[]): Allow[] => [...new Map(allows.map((a) => [JSON.stringify(a), a])).values()];

/**
 * Who may reach whom. Default deny both ways in both namespaces; each agent has the gateway as its one neighbour;
 * each part of the control plane has exactly the neighbours it needs. Every policy that selects an agent excludes the
 * quarantine label, because policies add up and none of them can deny.
 */
export class NetworkPolicies extends Construct {
  private readonly context: Context;

  constructor(scope: Construct, id: string, context: Context) {
    super(scope, id);
    this.context = context;
    for (const namespace of [...context.governed, context.names.control])
      new KubeObject(this, `default-deny-${namespace}`, 'NetworkPolicy', {
        metadata: context.metadata('default-deny', {
          namespace,
          purpose: 'nothing reaches or leaves a pod unless a policy says so',
        }),
        spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
      });
    for (const agent of Object.keys(context.declaration.agents)) this.agent(objectName(agent));
    for (const [model] of context.models) this.model(model);
    this.control();
  }

  /** A model of one's own answers the gateway and reaches nobody. */
  private model(model: string): void {
    const { names } = this.context;
    const gateway = pods(names.control, { [LABEL.environment]: names.environment, [LABEL.component]: 'gateway' });
    new KubeObject(this, modelLabel(model), 'NetworkPolicy', {
      metadata: this.context.metadata(modelLabel(model), {
        namespace: names.models,
        purpose: 'the gateway asks, and nobody else; nothing is reached; quarantine takes the gateway away',
      }),
      spec: {
        podSelector: {
          matchLabels: modelLabels(names.environment, model),
          matchExpressions: [{ key: LABEL.quarantine, operator: 'DoesNotExist' }],
        },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ from: [gateway], ports: tcp(PORT.https) }],
      },
    });
  }

  private agent(name: string): void {
    const { names } = this.context;
    const gateway = pods(names.control, { [LABEL.environment]: names.environment, [LABEL.component]: 'gateway' });
    new KubeObject(this, `agent-${name}`, 'NetworkPolicy', {
      metadata: this.context.metadata(`agent-${name}`, {
        namespace: names.agents,
        purpose: 'the gateway is the one neighbour; quarantine takes it away',
      }),
      spec: {
        podSelector: {
          matchLabels: { [LABEL.environment]: names.environment, [LABEL.component]: 'agent', [LABEL.agent]: name },
          matchExpressions: [{ key: LABEL.quarantine, operator: 'DoesNotExist' }],
        },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ from: [gateway], ports: tcp(PORT.https) }],
        egress: [{ to: [gateway], ports: tcp(PORT.back) }],
      },
    });
  }

  private control(): void {
    const { declaration, names, platform } = this.context;
    const to = (...components: readonly Component[]): NetworkPolicyPeer[] =>
      components.map((component) =>
        pods(names.control, { [LABEL.environment]: names.environment, [LABEL.component]: component }),
      );
    const agents = pods(names.agents, { [LABEL.environment]: names.environment, [LABEL.component]: 'agent' });
    const dns: Allow = {
      peers: [peer(platform.dns)],
      ports: [
        { protocol: 'UDP', port: platform.dns.port },
        { protocol: 'TCP', port: platform.dns.port },
      ],
    };
    const apiServer: Allow = {
      peers: declaration.platform.apiServer.cidrs.map((cidr) => ({ ipBlock: { cidr } })),
      ports: tcp(declaration.platform.apiServer.port),
    };
    const telemetry = upstream(declaration.platform.telemetry);
    const state: Allow =
      declaration.state.kind === 'postgres'
        ? upstream(declaration.state.at)
        : { peers: to('postgres'), ports: tcp(PORT.postgres) };
    const { users } = declaration;
    const issuers = unique(
      providersOf(users).map(
        ([, provider]): Allow =>
          provider.at === undefined
            ? { peers: publicInternet, ports: tcp(issuerPort(provider)) }
            : upstream(provider.at),
      ),
    );
    const upstreams = unique(
      [...placedModels(declaration), ...upstreamTools(declaration.tools)].map(([, { at }]) => upstream(at)),
    );
    const [front, decisions] = entriesOf(declaration).map(
      ({ from }): Allow => ({ peers: from.map(peer), ports: tcp(PORT.https) }),
    ) as [Allow, Allow];

    this.component(
      'gateway',
      'brings agents to declared upstreams and people to agents',
      [front, { peers: [agents], ports: tcp(PORT.back) }],
      [
        { peers: to('governor'), ports: tcp(PORT.decide) },
        { peers: [agents], ports: tcp(PORT.https) },
        dns,
        ...upstreams,
        telemetry,
      ],
    );
    this.component(
      'governor',
      'decides; reaches its state, the ledger, approvals, the warden and the token keys',
      [{ peers: to('gateway'), ports: tcp(PORT.decide) }],
      [
        { peers: to('approvals', 'warden', 'ledger'), ports: tcp(PORT.back) },
        state,
        apiServer,
        ...issuers,
        dns,
        telemetry,
      ],
    );
    this.component(
      'approvals',
      'serves the people who decide; hears of requests from the governor alone',
      [decisions, { peers: to('governor'), ports: tcp(PORT.back) }],
      [{ peers: to('warden', 'ledger'), ports: tcp(PORT.back) }, state, ...issuers, dns, telemetry],
    );
    this.component(
      'warden',
      'hears Falco, the governor and approvals; acts through the API server',
      [
        { peers: [pods(SYSTEM_NAMESPACE, FALCO_PODS)], ports: tcp(PORT.https) },
        { peers: to('governor', 'approvals'), ports: tcp(PORT.back) },
      ],
      [{ peers: to('ledger'), ports: tcp(PORT.back) }, apiServer, state, dns, telemetry],
    );
    this.component(
      'ledger',
      'takes entries; reads the store they were made durable in',
      [{ peers: to('governor', 'approvals', 'warden'), ports: tcp(PORT.back) }],
      [state, dns, telemetry],
    );
    if (declaration.state.kind === 'bundled')
      this.component(
        'postgres',
        'answers the parts that keep state',
        [{ peers: to('governor', 'approvals', 'warden', 'ledger'), ports: tcp(PORT.postgres) }],
        [],
      );
  }

  private component(component: Component, purpose: string, ingress: readonly Allow[], egress: readonly Allow[]): void {
    const { declaration, names } = this.context;
    const metrics: readonly Allow[] =
      component === 'postgres' ? [] : [{ peers: [peer(declaration.platform.monitoring)], ports: tcp(PORT.metrics) }];
    new KubeObject(this, component, 'NetworkPolicy', {
      metadata: this.context.metadata(component, { namespace: names.control, purpose }),
      spec: {
        podSelector: { matchLabels: { [LABEL.environment]: names.environment, [LABEL.component]: component } },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [...ingress, ...metrics].map(({ peers, ports }) => ({ from: peers, ports })),
        egress: unique(egress).map(({ peers, ports }) => ({ to: peers, ports })),
      },
    });
  }
}
