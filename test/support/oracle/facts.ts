import type { EnvironmentDeclaration } from '../../../lib';

type Labels = Readonly<Record<string, string>>;
/** Pods of a namespace. */
export interface Peer {
  readonly namespace: string;
  readonly pods?: Labels;
}
/** Where something outside the environment is. */
export interface Place {
  readonly host: string;
  readonly port: number;
  /** `public`: any address that is not private; else ranges or pods. */
  readonly is: 'public' | { readonly cidrs: readonly string[] } | Peer;
}
export interface AgentFacts {
  readonly name: string;
  readonly declared: string;
  readonly image: string;
  readonly port: number;
  /** RuntimeClass; none where user namespaces isolate. */
  readonly runtimeClass: string | undefined;
  readonly watched: boolean;
  /** The object that runs it, and where it is suspended. */
  readonly workload: { readonly kind: string; readonly name: string; readonly group: string; readonly door: string };
  readonly runs: EnvironmentDeclaration['agents'][string]['workload'];
}
/** A model of one's own, by the name of its objects. */
export interface ModelFacts {
  readonly name: string;
  readonly image: string;
  readonly artifact: string;
  readonly port: number;
  /** Images of what runs before and beside the server. */
  readonly beside: readonly string[];
}
/** What the declaration says must hold, in Kubernetes' words. Names are spelled here once more, on purpose. */
export interface Facts {
  readonly declaration: EnvironmentDeclaration;
  readonly environment: string;
  readonly E: string;
  readonly control: string;
  readonly kubernetes: boolean;
  readonly agents: readonly AgentFacts[];
  /** Namespace of the models of one's own. */
  readonly models: string;
  readonly ownModels: readonly ModelFacts[];
  /** Image of each part of the control plane. */
  readonly parts: Labels;
  readonly upstreams: readonly Place[];
  /** Paths under which agents may ask an agent, and its DNS name. */
  readonly peers: readonly { readonly prefix: string; readonly cluster: string; readonly host: string }[];
  /** What a CONNECT may ask for, and where it then leads. */
  readonly tunnels: readonly { readonly target: string; readonly cluster: string }[];
  readonly state: Place | undefined;
  readonly users: readonly Place[];
  readonly telemetry: Place;
  readonly dns: Peer & { readonly port: number };
  readonly ingress: Peer;
  readonly monitoring: Peer;
  readonly apiServer: { readonly cidrs: readonly string[]; readonly port: number };
  /** Ranges of the cluster itself. */
  readonly cluster: readonly string[];
  /** Host names of the platform, and the part behind each. */
  readonly hosts: Labels;
  /** Who may connect to the front. */
  readonly callers: readonly Peer[];
  /** Users and groups that may change controls. */
  readonly deployers: readonly string[];
}

type Endpoint = EnvironmentDeclaration['platform']['telemetry'] | { kind: 'external'; host: string; port: number };

const placeOf = (endpoint: Endpoint): Place => {
  if (endpoint.kind === 'external') return { host: endpoint.host, port: endpoint.port, is: 'public' };
  if (endpoint.kind === 'private') return { host: endpoint.host, port: endpoint.port, is: { cidrs: endpoint.cidrs } };
  const { service, namespace, port, pods } = endpoint;
  return { host: `${service}.${namespace}.svc`, port, is: { namespace, pods } };
};

/** The pods of a model of one's own, where only the gateway may ask. */
const ownModel = (environment: string, declared: string): Place => {
  const model = declared.toLowerCase().replaceAll('_', '-');
  const pods = {
    'firepit.dev/environment': environment,
    'firepit.dev/component': 'model',
    'firepit.dev/agent': `model-${model}`,
  };
  const namespace = `${environment}-models`;
  return { host: `${model}.${namespace}.svc`, port: 8443, is: { namespace, pods } };
};

const OPENSHIFT = {
  dns: { namespace: 'openshift-dns', pods: { 'dns.operator.openshift.io/daemonset-dns': 'default' }, port: 5353 },
  ingress: {
    namespace: 'openshift-ingress',
    pods: { 'ingresscontroller.operator.openshift.io/deployment-ingresscontroller': 'default' },
  },
};

const workloadOf = (
  name: string,
  workload: EnvironmentDeclaration['agents'][string]['workload'],
): AgentFacts['workload'] => {
  switch (workload.kind) {
    case 'cronJob':
      return { kind: 'CronJob', name, group: 'batch', door: 'cronjobs' };
    case 'job':
      return { kind: 'Job', name: `${name}-g${workload.generation}`, group: 'batch', door: 'jobs' };
    case 'sandbox':
      return { kind: 'Sandbox', name, group: 'agents.x-k8s.io', door: 'sandboxes' };
    default:
      return { kind: 'Deployment', name, group: 'apps', door: 'deployments/scale' };
  }
};

export const factsOf = (declaration: EnvironmentDeclaration): Facts => {
  const { name, host, platform, models, tools, state, users, images } = declaration;
  const providers = users.kind === 'oidc' ? [users] : Object.values(users.providers);
  const { postgres, ...parts } = images.images;
  const bundled = state.kind === 'bundled';
  const classes = platform.runtimeClasses ?? {};
  const ingress = platform.kind === 'kubernetes' ? platform.ingress.proxies : OPENSHIFT.ingress;
  return {
    declaration,
    environment: name,
    E: name,
    control: `${name}-control`,
    kubernetes: platform.kind === 'kubernetes',
    agents: Object.entries(declaration.agents).map(([declared, agent]) => ({
      declared,
      name: declared.toLowerCase().replaceAll('_', '-'),
      image: agent.image,
      port: agent.port ?? 8080,
      runtimeClass: agent.isolation.kind === 'userNamespace' ? undefined : classes[agent.isolation.kind],
      watched: agent.isolation.kind === 'userNamespace',
      workload: workloadOf(declared.toLowerCase().replaceAll('_', '-'), agent.workload),
      runs: agent.workload,
    })),
    models: `${name}-models`,
    ownModels: Object.entries(models).flatMap(([declared, model]) => {
      if (model.kind !== 'selfHosted') return [];
      const { server, artifact, integrity } = model;
      const beside = integrity.kind === 'files' ? [String(parts.modelVerifier), parts.envoy] : [parts.envoy];
      const own = { name: declared.toLowerCase().replaceAll('_', '-'), image: server.image, artifact, beside };
      return [{ ...own, port: server.port ?? 8000 }];
    }),
    parts: {
      gateway: parts.envoy,
      governor: parts.governor,
      approvals: parts.approvals,
      warden: parts.warden,
      ledger: parts.ledger,
      ...(bundled ? { postgres } : {}),
    },
    upstreams: [
      ...Object.entries(models).map(([model, declared]) =>
        declared.kind === 'selfHosted' ? ownModel(name, model) : placeOf(declared.at),
      ),
      ...Object.values(tools).flatMap((one) => ('at' in one ? [placeOf(one.at as Endpoint)] : [])),
    ],
    tunnels: Object.entries(tools).flatMap(([tool, one]) => {
      if (one.kind !== 'opaqueHost') return [];
      const { host, port } = placeOf(one.at);
      return [{ target: `${host.endsWith('.svc') ? `${host}.cluster.local` : host}:${port}`, cluster: `tool-${tool}` }];
    }),
    peers: Object.entries(tools).flatMap(([tool, peer]) => {
      if (peer.kind !== 'peer') return [];
      const asked = peer.agent.toLowerCase().replaceAll('_', '-');
      return [{ prefix: `/tools/${tool}/`, cluster: `agent-${asked}`, host: `${asked}.${name}.svc` }];
    }),
    state: state.kind === 'bundled' ? undefined : placeOf(state.at),
    users: providers.map(({ issuer, at }) => {
      const { hostname, port } = new URL(issuer);
      return at === undefined ? { host: hostname, port: Number(port || 443), is: 'public' } : placeOf(at);
    }),
    telemetry: placeOf(platform.telemetry),
    dns: platform.kind === 'kubernetes' ? platform.dns : OPENSHIFT.dns,
    ingress,
    callers: typeof host === 'string' ? [ingress] : host.from,
    monitoring: platform.monitoring,
    apiServer: platform.apiServer,
    cluster: [...platform.nodes, ...platform.pods, ...platform.services],
    hosts: { ...(typeof host === 'string' && { [host]: 'gateway' }), [declaration.approvals.host]: 'approvals' },
    deployers: declaration.owner.deployers,
  };
};
