import type { Endpoint, EnvironmentDeclaration, PodPeer } from '../../lib/declaration';
import { providersOf } from '../../lib/declaration/people';
import { upstreamTools } from '../../lib/declaration/tool';
import { placedModels } from '../../lib/model-place';
import { COMPONENTS, FALCO_PODS, LABEL, namesOf, objectName, PORT, SYSTEM_NAMESPACE } from '../../lib/names';
import { platformOf } from '../../lib/platform';

/**
 * One end of connections. An agent and its sidecar are one party, because they share the pod's network and a
 * NetworkPolicy cannot tell them apart; what tells them apart is where they listen: the agent on 127.0.0.1 alone, so
 * that nobody is meant to reach its port, the sidecar on the pod's address.
 */
export interface Party {
  readonly id: string;
  readonly at: PodPlace | AddressPlace;
}
export interface PodPlace {
  readonly kind: 'pod';
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Whether policies of the environment select it: a pod in one of its two namespaces. */
  readonly governed: boolean;
  /** Whether a workload of the environment makes such pods; the finished pod may carry more labels. */
  readonly made: boolean;
}
export interface AddressPlace {
  readonly kind: 'address';
  readonly address: string;
}

/** What is tried towards a party. */
export interface Wire {
  readonly protocol: 'TCP' | 'UDP';
  readonly port: number;
}

/** Addresses that stand for what has no pod; a measurement sets those that exist where it runs. */
export interface Places {
  readonly apiServer: readonly string[];
  readonly node: readonly string[];
  /** A port of the node that leads to a pod of no environment. */
  readonly nodePort: number;
  readonly metadata: string;
  /** Public addresses, of each family. */
  readonly outside: readonly string[];
  /** Neither public nor declared: a sample of every range that leads to no upstream. */
  readonly never: readonly string[];
}

/** The first address of a range that a host may have. A range is written by its first address. */
export const firstHost = (cidr: string): string => {
  const [address = '', prefix] = cidr.split('/');
  if (prefix === (address.includes(':') ? '128' : '32')) return address;
  if (address.endsWith('::')) return `${address}1`;
  const last = /[0-9a-f]+$/i.exec(address)?.[0] ?? '0';
  const base = address.includes(':') ? 16 : 10;
  return address.slice(0, -last.length) + (Number.parseInt(last, base) + 1).toString(base);
};

/** The first address after an IPv4 range; undefined for IPv6 and at the very end. */
export const nextDoor = (cidr: string): string | undefined => {
  const [address = '', prefix = '32'] = cidr.split('/');
  if (address.includes(':')) return undefined;
  const first = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const next = first + 2 ** (32 - Number(prefix));
  return next >= 2 ** 32 ? undefined : [24, 16, 8, 0].map((shift) => Math.floor(next / 2 ** shift) % 256).join('.');
};

/** Places as the declaration knows them; documentation addresses stand for the outside. */
export const placesOf = ({ platform }: EnvironmentDeclaration): Places => ({
  apiServer: platform.apiServer.cidrs.map(firstHost),
  node: platform.nodes.slice(0, 1).map(firstHost),
  nodePort: 32_767,
  metadata: '169.254.169.254',
  outside: ['203.0.113.10', '2001:db8::10'],
  never: [
    ...['0.0.0.10', '10.255.255.10', '100.100.100.200', '127.0.0.10', '168.63.129.16', '172.31.255.10', '192.0.0.10'],
    ...['192.168.255.10', '198.18.0.10', '224.0.0.10', '240.0.0.10', '::1', '64:ff9b::a9fe:a9fe', '64:ff9b:1::10'],
    ...['100::10', '2001::10', '2002:a9fe:a9fe::10', 'fd00:ec2::254', 'fe80::10', 'ff02::1'],
  ],
});

export const PROVIDER = 'identity provider';
/** Pods that may ask agents where the front is in the cluster alone. */
export const CALLER = 'caller';

/** Whatever the environment connects to, by the name under which it is declared. */
export const endpointsOf = (declaration: EnvironmentDeclaration): ReadonlyMap<string, Endpoint> =>
  new Map<string, Endpoint>([
    ['telemetry', declaration.platform.telemetry],
    ...providersOf(declaration.users).flatMap(([name, { at }]) =>
      at === undefined ? [] : [[name === undefined ? PROVIDER : `${PROVIDER} ${name}`, at] as const],
    ),
    ...(declaration.state.kind === 'postgres' ? [['state', declaration.state.at] as const] : []),
    ...placedModels(declaration).map(([name, { at }]) => [`model ${name}`, at] as const),
    ...upstreamTools(declaration.tools).map(([name, { at }]) => [`tool ${name}`, at] as const),
  ]);

/** Pods outside the environment that it knows by labels. */
export const neighboursOf = (declaration: EnvironmentDeclaration): ReadonlyMap<string, PodPeer> => {
  const { dns, ingress } = platformOf(declaration.platform);
  const { host } = declaration;
  return new Map<string, PodPeer>([
    ['name servers', dns],
    ['ingress', ingress],
    ...(typeof host === 'string' ? [] : host.from.map((peer, i) => [`${CALLER} ${i + 1}`, peer] as const)),
    ['monitoring', declaration.platform.monitoring],
    ['Falco', { namespace: SYSTEM_NAMESPACE, pods: FALCO_PODS }],
    ...[...endpointsOf(declaration)].flatMap(([id, at]) =>
      at.kind === 'inCluster' ? [[id, { namespace: at.namespace, pods: at.pods }] as const] : [],
    ),
  ]);
};

const pod = (
  id: string,
  namespace: string,
  labels: Readonly<Record<string, string>>,
  is: Partial<Pick<PodPlace, 'governed' | 'made'>> = {},
): Party => ({ id, at: { kind: 'pod', namespace, labels, governed: is.governed ?? false, made: is.made ?? false } });

const agentLabels = (environment: string, agent: string) => ({
  [LABEL.environment]: environment,
  [LABEL.component]: 'agent',
  [LABEL.agent]: objectName(agent),
});
const partLabels = (environment: string, component: string) => ({
  [LABEL.environment]: environment,
  [LABEL.component]: component,
});

/** Namespaces that only the proof uses: another environment, and one of nobody. */
export const foreignNamespaces = (environment: string) => ({
  agents: `${environment}-other`,
  control: `${environment}-other-control`,
  stranger: `${environment}-stranger`,
});

const governed = (declaration: EnvironmentDeclaration): Party[] => {
  const { name, agents, state } = declaration;
  const { control } = namesOf(name);
  const here = { governed: true };
  return [
    ...Object.keys(agents).flatMap((agent) => [
      pod(`agent ${agent}`, name, agentLabels(name, agent), { ...here, made: true }),
      pod(`agent ${agent}, quarantined`, name, { ...agentLabels(name, agent), [LABEL.quarantine]: 'true' }, here),
    ]),
    ...COMPONENTS.filter((c) => c !== 'postgres' || state.kind === 'bundled').map((component) =>
      pod(component, control, partLabels(name, component), { ...here, made: true }),
    ),
    pod('a pod without labels beside the agents', name, {}, here),
    pod('a pod without labels beside the gateway', control, {}, here),
  ];
};

const foreign = (declaration: EnvironmentDeclaration): Party[] => {
  const { name, agents } = declaration;
  const at = foreignNamespaces(name);
  const neighbours = neighboursOf(declaration);
  const dns = neighbours.get('name servers');
  return [
    ...[...neighbours].map(([id, { namespace, pods }]) => pod(id, namespace, pods ?? {})),
    pod('a pod beside the name servers', dns?.namespace ?? '', { app: 'beside' }),
    pod("another environment's agent", at.agents, agentLabels(at.agents, Object.keys(agents)[0] ?? '')),
    pod("another environment's gateway", at.control, partLabels(at.agents, 'gateway')),
    pod("a stranger with the gateway's labels", at.stranger, partLabels(name, 'gateway')),
    pod('a stranger', at.stranger, { app: 'stranger' }),
  ];
};

/**
 * Pods that carry somebody's labels in another namespace, or stand beside somebody without the labels: whoever has only
 * half of what a policy asks for. They are asked about on paper; measured are the two above that matter most.
 */
const lookAlikes = (declaration: EnvironmentDeclaration): Party[] => {
  const { stranger } = foreignNamespaces(declaration.name);
  const known = [...governed(declaration), ...foreign(declaration)].flatMap(({ id, at }) =>
    at.kind === 'pod' && Object.keys(at.labels).length > 0 && at.namespace !== stranger ? [{ id, at }] : [],
  );
  return [
    ...known.map(({ id, at }) => pod(`a stranger with the labels of ${id}`, stranger, at.labels)),
    ...[...neighboursOf(declaration)].map(([id, { namespace }]) => pod(`beside ${id}`, namespace, { app: 'beside' })),
  ];
};

const addresses = (declaration: EnvironmentDeclaration, places: Places): Party[] => {
  const of = (id: string, address: string): Party => ({ id, at: { kind: 'address', address } });
  return [
    ...places.apiServer.map((address) =>
      of(places.apiServer.length > 1 ? `API server ${address}` : 'API server', address),
    ),
    ...places.node.map((address) => of(address.includes(':') ? 'own node, IPv6' : 'own node', address)),
    of('metadata', places.metadata),
    ...places.outside.map((address) => of(address.includes(':') ? 'outside, IPv6' : 'outside', address)),
    ...places.never.map((address) => of(`no upstream's ${address}`, address)),
    ...[...endpointsOf(declaration)].flatMap(([id, at]) =>
      at.kind !== 'private'
        ? []
        : at.cidrs.flatMap((cidr) => {
            const beyond = nextDoor(cidr);
            const inside = of(`${id} (${cidr})`, firstHost(cidr));
            return beyond === undefined ? [inside] : [inside, of(`next to ${id} (${cidr})`, beyond)];
          }),
    ),
  ];
};

/** The node that a pod runs on. */
export const isNode = ({ id }: Pick<Party, 'id'>): boolean => id.startsWith('own node');

/** One party a place: what is declared twice is asked once. */
const placeOf = ({ at }: Party): string =>
  at.kind === 'address' ? at.address : `${at.namespace} ${JSON.stringify(Object.entries(at.labels).sort())}`;

/** Everybody whose connections the declaration decides about, and those it must keep apart from them. */
export const partiesOf = (
  declaration: EnvironmentDeclaration,
  places: Places = placesOf(declaration),
  onPaper = false,
): Party[] => {
  const pods = [...governed(declaration), ...foreign(declaration), ...(onPaper ? lookAlikes(declaration) : [])];
  const all = [...pods, ...addresses(declaration, places)];
  const first = new Map(all.toReversed().map((party) => [placeOf(party), party]));
  // The node may be the API server's machine: other ports, so a party of its own.
  return all.filter((party) => isNode(party) || first.get(placeOf(party)) === party);
};

const numbers = (ports: readonly number[]): number[] => [...new Set(ports)].sort((a, b) => a - b);
const tcp = (ports: readonly number[]): Wire[] => numbers(ports).map((port) => ({ protocol: 'TCP', port }));
const udp = (ports: readonly number[]): Wire[] => numbers(ports).map((port) => ({ protocol: 'UDP', port }));

/** A port that means nothing to anybody. */
const NOBODYS = 65_000;

/** What is tried towards a party: every port that means something anywhere, and some that mean nothing. */
export const wiresOf = (declaration: EnvironmentDeclaration, places: Places, { id, at }: Party): Wire[] => {
  if (isNode({ id })) return tcp([10250, places.nodePort]);
  const endpoints = [...endpointsOf(declaration).values()];
  const declared = endpoints.map(({ port }) => port);
  if (at.kind === 'address') {
    const { port } = declaration.platform.apiServer;
    // Where it stands on a node, kubelet answers beside it; any other port nobody would answer.
    if (id.startsWith('API server')) return tcp([port, 10250]);
    return [...tcp([80, 443, ...declared, NOBODYS]), ...udp([53, 443])];
  }
  const { platform } = declaration;
  const dns = platformOf(platform).dns.port;
  const agents = Object.values(declaration.agents).map(({ port }) => port ?? 8080);
  const meaningful = [...Object.values(PORT), ...agents, ...declared, dns, platform.apiServer.port];
  return [...tcp([...meaningful, 22, 443, NOBODYS]), ...udp([dns, 443, PORT.https])];
};
