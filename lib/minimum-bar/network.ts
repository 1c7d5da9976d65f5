import { type Labels, selects } from './selectors';
import type { Manifest, Problem } from './types';
import { type Data, list, record, records, string, strings } from './values';

/** NetworkPolicies are additive: what a pod may do is the union over every policy that selects it. */

export type Direction = 'ingress' | 'egress';

/** Who is on the other side of an allowed connection. */
export type Peer =
  | { readonly kind: 'anyone' }
  | { readonly kind: 'block'; readonly cidr: string; readonly except: readonly string[] }
  /** `namespaces` undefined: the policy's own namespace. `pods` undefined: every pod. */
  | { readonly kind: 'pods'; readonly namespaces: Data | undefined; readonly pods: Data | undefined };

/** Ports of an allowed connection; `from` and `to` undefined: every port. */
export interface PortRange {
  readonly protocol: string;
  readonly from?: number | string;
  readonly to?: number;
}

/** One peer that one rule of one policy allows, on these ports. */
export interface Allowance {
  readonly policy: Manifest;
  readonly namespace: string;
  readonly direction: Direction;
  /** `spec.egress[0].to[1]` */
  readonly path: string;
  readonly peer: Peer;
  /** `every`: any protocol, any port. */
  readonly ports: readonly PortRange[] | 'every';
}

/** A policy, read once. */
export interface ReadPolicy {
  readonly policy: Manifest;
  readonly namespace: string;
  readonly podSelector: unknown;
  readonly isolates: Readonly<Record<Direction, boolean>>;
  readonly allows: readonly Allowance[];
}

const peerOf = (value: unknown): Peer => {
  const peer = record(value);
  if (peer.ipBlock !== undefined) {
    const block = record(peer.ipBlock);
    return { kind: 'block', cidr: string(block.cidr) ?? '', except: strings(block.except) };
  }
  if (peer.podSelector === undefined && peer.namespaceSelector === undefined) return { kind: 'anyone' };
  return {
    kind: 'pods',
    namespaces: peer.namespaceSelector === undefined ? undefined : record(peer.namespaceSelector),
    pods: peer.podSelector === undefined ? undefined : record(peer.podSelector),
  };
};

const portOf = (value: Data): PortRange => {
  const protocol = string(value.protocol) ?? 'TCP';
  const { port, endPort } = value;
  if (typeof port === 'string') return { protocol, from: port };
  if (typeof port !== 'number') return { protocol };
  return { protocol, from: port, to: typeof endPort === 'number' ? endPort : port };
};

const rulesOf = (policy: Manifest, namespace: string, direction: Direction): Allowance[] => {
  const spec = record(policy.spec);
  const side = direction === 'ingress' ? 'from' : 'to';
  return list(spec[direction]).flatMap((value, i) => {
    const rule = record(value);
    const written = list(rule.ports);
    const ports = written.length === 0 ? 'every' : records(written).map(portOf);
    const peers = list(rule[side]);
    const base = { policy, namespace, direction, ports } as const;
    // No peer, or an empty list of them, is everybody.
    if (peers.length === 0) return [{ ...base, path: `spec.${direction}[${i}]`, peer: { kind: 'anyone' } as const }];
    return peers.map((p, j) => ({ ...base, path: `spec.${direction}[${i}].${side}[${j}]`, peer: peerOf(p) }));
  });
};

const read = new WeakMap<Manifest, ReadPolicy>();

/** Reads a NetworkPolicy as the API defines it, defaults included. Read once: finished objects do not change. */
export function readPolicy(policy: Manifest): ReadPolicy {
  const known = read.get(policy);
  if (known !== undefined) return known;
  const found = parsePolicy(policy);
  read.set(policy, found);
  return found;
}

function parsePolicy(policy: Manifest): ReadPolicy {
  const spec = record(policy.spec);
  const namespace = policy.metadata?.namespace ?? 'default';
  const types = strings(spec.policyTypes);
  // The API server takes no policy with another type or more than two, so that there is none.
  if (types.length > 2 || types.some((t) => t !== 'Ingress' && t !== 'Egress'))
    return { policy, namespace, podSelector: {}, isolates: { ingress: false, egress: false }, allows: [] };
  // Absent policyTypes: always Ingress, and Egress where there are egress rules.
  const egress = types.length === 0 ? list(spec.egress).length > 0 : types.includes('Egress');
  const ingress = types.length === 0 || types.includes('Ingress');
  return {
    policy,
    namespace,
    podSelector: spec.podSelector ?? {},
    isolates: { ingress, egress },
    allows: [
      ...(ingress ? rulesOf(policy, namespace, 'ingress') : []),
      ...(egress ? rulesOf(policy, namespace, 'egress') : []),
    ],
  };
}

/** What a pod may do in one direction: `open` when no policy isolates it. */
export type Reach = 'open' | readonly Allowance[];

/** The union of every policy that selects a pod. */
export function reachOf(
  policies: readonly ReadPolicy[],
  pod: { readonly namespace: string; readonly labels: Labels },
  direction: Direction,
): Reach {
  const selecting = policies.filter(
    (p) => p.namespace === pod.namespace && p.isolates[direction] && selects(p.podSelector, pod.labels),
  );
  if (selecting.length === 0) return 'open';
  return selecting.flatMap((p) => p.allows.filter((a) => a.direction === direction));
}

/** Whether a peer covers a pod, given the labels of its namespace. */
export function covers(
  allowance: Allowance,
  pod: { readonly namespace: string; readonly labels: Labels },
  namespaceLabels: (namespace: string) => Labels,
): boolean {
  const { peer } = allowance;
  if (peer.kind === 'anyone') return true;
  if (peer.kind === 'block') return false;
  const inNamespace =
    peer.namespaces === undefined
      ? pod.namespace === allowance.namespace
      : selects(peer.namespaces, namespaceLabels(pod.namespace));
  return inNamespace && (peer.pods === undefined || selects(peer.pods, pod.labels));
}

/** Whether ports of an allowance include one; a named port counts when the pod names it so. */
export function includesPort(
  ports: Allowance['ports'],
  protocol: string,
  port: number,
  named: Readonly<Record<string, number>> = {},
): boolean {
  if (ports === 'every') return true;
  return ports.some((range) => {
    if (range.protocol !== protocol) return false;
    if (range.from === undefined) return true;
    if (typeof range.from === 'string') return named[range.from] === port;
    return port >= range.from && port <= (range.to ?? range.from);
  });
}

/** Whether every port of an allowance is one of these TCP ports: nothing wider, no other protocol, no name. */
export const onlyTcp = (ports: Allowance['ports'], allowed: readonly number[]): boolean =>
  ports !== 'every' &&
  ports.every((r) => r.protocol === 'TCP' && typeof r.from === 'number' && r.to === r.from && allowed.includes(r.from));

/** Ports in a sentence. */
export const showPorts = (ports: Allowance['ports']): string =>
  ports === 'every'
    ? 'every port'
    : ports
        .map((r) => {
          if (r.from === undefined) return `every ${r.protocol} port`;
          return r.to === undefined || r.to === r.from ? `${r.from}/${r.protocol}` : `${r.from}-${r.to}/${r.protocol}`;
        })
        .join(', ');

const showSelector = (selector: Data | undefined): string =>
  selector === undefined || Object.keys(selector).length === 0 ? 'every' : JSON.stringify(selector);

/** A peer in a sentence. */
export const showPeer = (allowance: Allowance): string => {
  const { peer } = allowance;
  if (peer.kind === 'anyone') return 'everybody';
  if (peer.kind === 'block')
    return peer.except.length === 0 ? peer.cidr : `${peer.cidr} except ${peer.except.length} ranges`;
  const where = peer.namespaces === undefined ? allowance.namespace : showSelector(peer.namespaces);
  return `pods ${showSelector(peer.pods)} of namespaces ${where}`;
};

/** What is wrong with a policy that opens what nobody wants. @param what direction and pods */
export const opened = (allowance: Allowance, what: string): Problem => ({
  object: allowance.policy,
  path: allowance.path,
  problem: `${what} is open for ${showPeer(allowance)} on ${showPorts(allowance.ports)}`,
});
