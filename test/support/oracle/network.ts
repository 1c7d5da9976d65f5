import { inside, isCidr } from './addresses';
import {
  arr,
  at,
  isObj,
  labelsOf,
  metadata,
  nameOf,
  namespaceOf,
  type Obj,
  obj,
  objs,
  ofKind,
  selects,
  strs,
} from './plain';

/** One end of a connection: a pod, or a bare address. */
export type End =
  | {
      readonly what: string;
      readonly namespace: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly ip?: undefined;
    }
  | { readonly what: string; readonly ip: string };
export interface Wire {
  readonly protocol: string;
  readonly port: number;
}
type Direction = 'ingress' | 'egress';
const DIRECTIONS: Readonly<Record<Direction, string>> = { ingress: 'Ingress', egress: 'Egress' };

/** What the API server would refuse exists nowhere. */
const acceptable = (policy: Obj): boolean => {
  const spec = obj(policy.spec);
  const types = spec.policyTypes;
  if (
    types !== undefined &&
    !(Array.isArray(types) && types.length < 3 && types.every((t) => t === 'Ingress' || t === 'Egress'))
  )
    return false;
  return [...objs(spec.ingress), ...objs(spec.egress)].every((rule) =>
    objs(rule.from ?? rule.to).every((peer) =>
      peer.ipBlock === undefined ? true : isCidr(String(at(peer, 'ipBlock', 'cidr'))),
    ),
  );
};

interface Policy {
  readonly namespace: string;
  readonly selector: unknown;
  readonly covers: readonly string[];
  readonly rules: Readonly<Record<Direction, readonly Obj[]>>;
}
const compiled = new WeakMap<Obj, Policy | null>();
const compile = (policy: Obj): Policy | null => {
  const before = compiled.get(policy);
  if (before !== undefined) return before;
  const spec = obj(policy.spec);
  const implied = spec.egress === undefined ? ['Ingress'] : ['Ingress', 'Egress'];
  const made =
    policy.apiVersion === 'networking.k8s.io/v1' && isObj(policy.spec) && nameOf(policy) !== '' && acceptable(policy)
      ? {
          namespace: namespaceOf(policy),
          selector: spec.podSelector,
          covers: spec.policyTypes === undefined ? implied : strs(spec.policyTypes),
          rules: { ingress: objs(spec.ingress), egress: objs(spec.egress) },
        }
      : null;
  compiled.set(policy, made);
  return made;
};

/** The cluster's network as policies leave it: own reading of NetworkPolicy and its two cluster-wide cousins. */
export class Network {
  private readonly policies: readonly Policy[];
  private readonly admin: readonly Obj[];
  private readonly known = new Map<string, Readonly<Record<string, string>>>();
  private readonly selected = new Map<string, readonly Policy[]>();
  private readonly namespaces: ReadonlyMap<string, Readonly<Record<string, string>>>;

  constructor(objects: readonly Obj[]) {
    this.policies = ofKind(objects, 'networking.k8s.io', 'NetworkPolicy').flatMap((policy) => compile(policy) ?? []);
    this.admin = objects
      .filter((o) => o.kind === 'ClusterNetworkPolicy' || o.kind === 'AdminNetworkPolicy')
      .filter((o) => at(o, 'spec', 'tier') !== 'Baseline')
      .toSorted((a, b) => Number(at(a, 'spec', 'priority') ?? 0) - Number(at(b, 'spec', 'priority') ?? 0));
    this.namespaces = new Map(
      ofKind(objects, '', 'Namespace').map((ns) => [nameOf(ns), labelsOf(metadata(ns).labels)] as const),
    );
  }

  private labels(namespace: string): Readonly<Record<string, string>> {
    const known = this.known.get(namespace);
    if (known !== undefined) return known;
    const labels = { ...this.namespaces.get(namespace), 'kubernetes.io/metadata.name': namespace };
    this.known.set(namespace, labels);
    return labels;
  }

  /** What policies let `pod` send to (egress) or receive from (ingress) the other end. */
  between(direction: Direction, pod: End, other: End): (wire: Wire) => boolean {
    if (pod.ip !== undefined) return () => true;
    const admin = this.admin
      .filter((policy) => this.isSubject(obj(at(policy, 'spec', 'subject')), pod))
      .flatMap((policy) => objs(at(policy, 'spec', direction)))
      .filter((rule) => objs(rule.to ?? rule.from).some((peer) => this.isAdminPeer(peer, other)));
    const own = this.selecting(direction, pod);
    const ports = own.flatMap((p) =>
      p.rules[direction].filter((rule) => this.meets(rule, direction, p.namespace, other)),
    );
    return (wire) => {
      const verdict = verdictOf(admin, wire);
      if (verdict !== undefined) return verdict;
      return (
        own.length === 0 ||
        ports.some((rule) => arr(rule.ports).length === 0 || objs(rule.ports).some((p) => covers(p, wire)))
      );
    };
  }

  private selecting(direction: Direction, pod: End & { ip?: undefined }): readonly Policy[] {
    const key = direction + pod.namespace + JSON.stringify(pod.labels);
    const before = this.selected.get(key);
    if (before !== undefined) return before;
    const own = this.policies.filter(
      (p) =>
        p.namespace === pod.namespace && p.covers.includes(DIRECTIONS[direction]) && selects(p.selector, pod.labels),
    );
    this.selected.set(key, own);
    return own;
  }

  private meets(rule: Obj, direction: Direction, namespace: string, other: End): boolean {
    const listed = objs(direction === 'egress' ? rule.to : rule.from);
    return listed.length === 0 || listed.some((peer) => this.isPeer(peer, namespace, other));
  }

  private isPeer({ ipBlock, namespaceSelector, podSelector }: Obj, namespace: string, other: End): boolean {
    if (ipBlock !== undefined) {
      const { cidr, except } = obj(ipBlock);
      return other.ip !== undefined && inside(other.ip, String(cidr)) && !strs(except).some((e) => inside(other.ip, e));
    }
    if (other.ip !== undefined) return false;
    const right =
      namespaceSelector === undefined
        ? other.namespace === namespace
        : selects(namespaceSelector, this.labels(other.namespace));
    return right && selects(podSelector, other.labels);
  }

  private isSubject({ namespaces, pods }: Obj, pod: End & { ip?: undefined }): boolean {
    if (isObj(namespaces)) return selects(namespaces, this.labels(pod.namespace));
    return (
      isObj(pods) &&
      selects(pods.namespaceSelector, this.labels(pod.namespace)) &&
      selects(pods.podSelector, pod.labels)
    );
  }

  private isAdminPeer({ namespaces, pods, networks, domainNames, nodes }: Obj, other: End): boolean {
    if (other.ip !== undefined)
      return strs(networks).some((n) => inside(other.ip, n)) || domainNames !== undefined || nodes !== undefined;
    return this.isSubject({ namespaces, pods }, other);
  }
}

const covers = ({ protocol, port, endPort }: Obj, wire: Wire): boolean => {
  if ((protocol ?? 'TCP') !== wire.protocol) return false;
  if (port === undefined) return true;
  if (typeof port === 'string') return true;
  return typeof endPort === 'number' ? wire.port >= Number(port) && wire.port <= endPort : port === wire.port;
};

const adminPort = (port: Obj, wire: Wire): boolean => {
  const { portNumber, portRange } = port;
  if (isObj(portNumber)) return (portNumber.protocol ?? 'TCP') === wire.protocol && portNumber.port === wire.port;
  if (isObj(portRange)) return wire.port >= Number(portRange.start) && wire.port <= Number(portRange.end);
  return true;
};

/** What rules above NetworkPolicy say, the first that is meant; undefined leaves it to NetworkPolicy. */
const verdictOf = (rules: readonly Obj[], wire: Wire): boolean | undefined => {
  const rule = rules.find(({ ports, protocols }) => {
    const listed = objs(ports ?? protocols);
    return listed.length === 0 || listed.some((port) => adminPort(port, wire));
  });
  if (rule?.action === 'Deny') return false;
  return rule?.action === 'Accept' || rule?.action === 'Allow' ? true : undefined;
};
