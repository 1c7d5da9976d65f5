import { firstOf, inside, overlap } from './addresses';
import type { Facts, Peer, Place } from './facts';
import { type End, Network, type Wire } from './network';
import type { Hole, Obj } from './plain';
import { podsOf } from './pods';

type PodEnd = Extract<End, { labels: object }>;

const tcp = (port: number): Wire => ({ protocol: 'TCP', port });
const WIRES: readonly Wire[] = [
  ...[22, 53, 80, 443, 2049, 5432, 6443, 8080, 8081, 8443, 9090, 9443, 9901, 10250, 15001, 50051].map(tcp),
  { protocol: 'UDP', port: 53 },
  { protocol: 'UDP', port: 443 },
  { protocol: 'SCTP', port: 9443 },
];
/** Ranges that are never anybody's upstream unless declared. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16', '127.0.0.0/8'];
const PRIVATE6 = ['fc00::/7', 'fe80::/10', '::/127'];
const ADDRESSES = [
  ...['93.184.216.34', '8.8.8.8', '169.254.169.254', '169.254.170.2', '100.100.100.200', '168.63.129.16'],
  ...['10.9.9.9', '10.255.0.1', '172.16.3.4', '172.31.7.7', '192.168.77.7', '100.64.9.9', '127.0.0.1'],
  ...['2606:4700::1111', 'fd00:ec2::254', 'fd77:1::5', 'fe80::1', '::1'],
];
const isPrivate = (ip: string): boolean =>
  [...PRIVATE, ...PRIVATE6, '168.63.129.16/32', '0.0.0.0/8'].some((range) => inside(ip, range));

const podsFor = (what: string, { namespace, pods = {} }: Peer): PodEnd => ({ what, namespace, labels: pods });

/** Who is in and around the environment. */
class World {
  readonly parts = new Map<string, PodEnd>();
  readonly agents: PodEnd[];
  readonly others: End[];

  constructor(readonly facts: Facts) {
    const { environment, E, control } = facts;
    const own = (component: string): Record<string, string> => ({
      'firepit.dev/environment': environment,
      'firepit.dev/component': component,
    });
    for (const part of Object.keys(facts.parts))
      this.parts.set(part, { what: part, namespace: control, labels: own(part) });
    this.agents = facts.agents.map(({ name }) => ({
      what: `agent ${name}`,
      namespace: E,
      labels: { ...own('agent'), 'firepit.dev/agent': name },
    }));
    this.others = [
      podsFor('name server', facts.dns),
      podsFor('ingress proxy', facts.ingress),
      ...facts.callers.map((peer) => podsFor(`caller in ${peer.namespace}`, peer)),
      podsFor('monitoring', facts.monitoring),
      podsFor('Falco', { namespace: 'firepit-system', pods: { 'app.kubernetes.io/name': 'falco' } }),
      ...this.upstreamPods().map(({ place, peer }) => podsFor(`upstream ${place.host}`, peer)),
      { what: 'a pod elsewhere', namespace: 'default', labels: { app: 'any' } },
      { what: 'a pod of kube-system', namespace: 'kube-system', labels: { app: 'any' } },
      { what: 'a forged gateway elsewhere', namespace: 'default', labels: own('gateway') },
      { what: 'a forged agent elsewhere', namespace: 'default', labels: { ...own('agent'), 'firepit.dev/agent': 'x' } },
      { what: 'an unlabelled pod beside the agents', namespace: E, labels: {} },
      { what: 'a forged gateway beside the agents', namespace: E, labels: own('gateway') },
      { what: 'an unlabelled pod of the control plane', namespace: control, labels: {} },
      {
        what: 'the gateway of another environment',
        namespace: 'other-control',
        labels: { ...own('gateway'), 'firepit.dev/environment': 'other' },
      },
      ...this.addresses().map((ip) => ({ what: ip, ip })),
    ];
  }

  private places(): Place[] {
    const { upstreams, state, users, telemetry } = this.facts;
    return [...upstreams, ...(state === undefined ? [] : [state]), ...users, telemetry];
  }
  private upstreamPods(): { place: Place; peer: Peer }[] {
    return this.places().flatMap((place) =>
      place.is !== 'public' && 'namespace' in place.is ? [{ place, peer: place.is }] : [],
    );
  }
  private addresses(): string[] {
    const ranges = this.places().flatMap(({ is }) => (is !== 'public' && 'cidrs' in is ? is.cidrs : []));
    const all = [...ADDRESSES, ...[...ranges, ...this.facts.apiServer.cidrs, ...this.facts.cluster].map(firstOf)];
    return [...new Set(all)];
  }
}

const reaches = (place: Place, other: End, { protocol, port }: Wire): boolean => {
  if (protocol !== 'TCP' || port !== place.port) return false;
  if (place.is === 'public') return other.ip !== undefined && !isPrivate(other.ip);
  if ('cidrs' in place.is) return other.ip !== undefined && place.is.cidrs.some((cidr) => inside(other.ip, cidr));
  return other.ip === undefined && isPeer(place.is, other);
};
const isPeer = (peer: Peer, other: End): boolean =>
  other.ip === undefined &&
  other.namespace === peer.namespace &&
  Object.entries(peer.pods ?? {}).every(([key, value]) => other.labels[key] === value);

type Allowed = (other: End, wire: Wire) => boolean;

/** What the declaration intends for each part, both directions. */
const intended = (world: World): Record<'egress' | 'ingress', (part: string) => Allowed> => {
  const { facts } = world;
  const part =
    (name: string, port: number): Allowed =>
    (other, wire) =>
      other === world.parts.get(name) && wire.protocol === 'TCP' && wire.port === port;
  const agent: Allowed = (other, { protocol, port }) =>
    world.agents.includes(other as PodEnd) && protocol === 'TCP' && port === 8443;
  const agentBack: Allowed = (other, { protocol, port }) =>
    world.agents.includes(other as PodEnd) && protocol === 'TCP' && port === 9443;
  const dns: Allowed = (other, { protocol, port }) =>
    isPeer(facts.dns, other) && port === facts.dns.port && protocol !== 'SCTP';
  const place =
    (to: Place | undefined): Allowed =>
    (other, wire) =>
      to !== undefined && reaches(to, other, wire);
  const api: Allowed = (other, wire) =>
    reaches({ host: '', port: facts.apiServer.port, is: { cidrs: facts.apiServer.cidrs } }, other, wire);
  const from =
    (peer: Peer, port: number): Allowed =>
    (other, wire) =>
      isPeer(peer, other) && wire.protocol === 'TCP' && wire.port === port;
  const falco = from({ namespace: 'firepit-system', pods: { 'app.kubernetes.io/name': 'falco' } }, 8443);
  const state = facts.state === undefined ? part('postgres', 5432) : place(facts.state);
  const back = (...names: string[]): Allowed[] => names.map((name) => part(name, 9443));
  const usual = [dns, place(facts.telemetry)];
  const scrape = from(facts.monitoring, 9090);
  const people = from(facts.ingress, 8443);
  const egress: Record<string, Allowed[]> = {
    gateway: [part('governor', 50051), agent, ...facts.upstreams.map(place), ...usual],
    governor: [...back('approvals', 'warden', 'ledger'), state, api, ...facts.users.map(place), ...usual],
    approvals: [...back('warden', 'ledger'), state, ...facts.users.map(place), ...usual],
    warden: [...back('ledger'), state, api, ...usual],
    ledger: [state, ...usual],
    postgres: [],
  };
  const database = (['governor', 'approvals', 'warden', 'ledger'] as const).map((name) => part(name, 5432));
  const ingress: Record<string, Allowed[]> = {
    gateway: [...facts.callers.map((peer) => from(peer, 8443)), agentBack, scrape],
    governor: [part('gateway', 50051), scrape],
    approvals: [people, ...back('governor'), scrape],
    warden: [falco, ...back('governor', 'approvals'), scrape],
    ledger: [...back('governor', 'approvals', 'warden'), scrape],
    postgres: database,
  };
  const any =
    (list: readonly Allowed[] = []): Allowed =>
    (other, wire) =>
      list.some((allowed) => allowed(other, wire));
  return { egress: (name) => any(egress[name]), ingress: (name) => any(ingress[name]) };
};

/** Every way that policies leave open and the declaration does not intend; and what quarantine leaves open. */
export const networkHoles = (objects: readonly Obj[], facts: Facts): Hole[] => {
  const network = new Network(objects);
  const world = new World(facts);
  const wires = [
    ...WIRES,
    ...portsOf(facts)
      .filter((port) => !WIRES.some((w) => w.port === port))
      .map(tcp),
  ];
  const holes: Hole[] = [];
  const everyone: End[] = [...world.parts.values(), ...world.agents, ...world.others];
  const probe = (
    pod: PodEnd,
    direction: 'ingress' | 'egress',
    may: Allowed,
    others: readonly End[] = everyone,
  ): void => {
    for (const other of others) {
      if (other === pod) continue;
      const open = network.between(direction, pod, other);
      const wire = wires.find((w) => open(w) && !may(other, w));
      const way = direction === 'egress' ? 'may send to' : 'may hear from';
      if (wire !== undefined)
        holes.push({ area: 'network', what: `${pod.what} ${way} ${other.what} on ${wire.protocol} ${wire.port}` });
    }
  };
  const gateway = world.parts.get('gateway');
  const neighbour =
    (port: number): Allowed =>
    (other, wire) =>
      other === gateway && wire.protocol === 'TCP' && wire.port === port;
  for (const pod of agentEnds(objects, world)) {
    probe(pod, 'egress', neighbour(9443));
    probe(pod, 'ingress', neighbour(8443));
    for (const value of ['true', '', 'any']) {
      const cut = {
        ...pod,
        what: `quarantined ${pod.what}`,
        labels: { ...pod.labels, 'firepit.dev/quarantine': value },
      };
      probe(cut, 'egress', () => false);
      probe(cut, 'ingress', () => false);
    }
  }
  for (const pod of modelEnds(objects, world)) {
    probe(pod, 'egress', () => false);
    probe(pod, 'ingress', neighbour(8443));
    const cut = { ...pod, what: `quarantined ${pod.what}`, labels: { ...pod.labels, 'firepit.dev/quarantine': '' } };
    probe(cut, 'ingress', () => false);
  }
  const may = intended(world);
  for (const [name, pod] of world.parts) {
    probe(pod, 'egress', may.egress(name));
    probe(pod, 'ingress', may.ingress(name));
  }
  return holes;
};

/** Declared agents, and whatever else makes pods beside them. */
const agentEnds = (objects: readonly Obj[], world: World): PodEnd[] => [
  ...world.agents,
  { what: 'a stray pod', namespace: world.facts.E, labels: {} },
  ...podsOf(objects)
    .filter(({ namespace }) => namespace === world.facts.E)
    .map(({ title, namespace, labels }) => ({ what: title, namespace, labels })),
];

/** Pods of models of one's own, and whatever else stands beside them. */
const modelEnds = (objects: readonly Obj[], { facts }: World): PodEnd[] =>
  facts.ownModels.length === 0
    ? []
    : [
        { what: 'a stray pod beside models', namespace: facts.models, labels: {} },
        ...podsOf(objects)
          .filter(({ namespace }) => namespace === facts.models)
          .map(({ title, namespace, labels }) => ({ what: title, namespace, labels })),
      ];

const portsOf = ({ upstreams, state, users, telemetry, apiServer, dns }: Facts): number[] => [
  ...new Set(
    [...upstreams, ...(state === undefined ? [] : [state]), ...users, telemetry, apiServer, dns].map((p) => p.port),
  ),
];

/** Whether two lists of ranges touch. */
export const touches = (cidr: string, ranges: readonly string[]): boolean =>
  ranges.some((range) => overlap(cidr, range));
