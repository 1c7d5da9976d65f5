import { isIPv6 } from 'node:net';
import type { Manifest } from '../../lib/minimum-bar';
import { create, type Kubernetes, must, read, until } from './cluster';
import { type Cell, showWire } from './matrix';
import type { Party, PodPlace, Wire } from './party';
import { type ProbePod, podManifest, podOf } from './pods';

const SECONDS_TO_START = 240;
/** How often probes are asked what they found: a round takes longer, and each question a process for each namespace. */
export const ROUND_SECONDS = 3;
/** Whoever a NodePort leads to: nobody's pod, so that one label more changes nothing, and never the one that connects. */
const STRANGER = 'a stranger';
const EXPOSED = { 'firepit.dev/probe': 'exposed' };

interface Condition {
  readonly type: string;
  readonly status: string;
}
const keyOfPod = ({ namespace, name }: { namespace?: string; name?: string }): string => `${namespace}/${name}`;

type PodParty = Party & { readonly at: PodPlace };
const isPod = (party: Party): party is PodParty => party.at.kind === 'pod';

/** `tcp:10.0.0.1:443`, as the probe program reads and prints it. */
const spec = ({ protocol, port }: Wire, address: string): string =>
  `${protocol.toLowerCase()}:${address.includes(':') ? `[${address}]` : address}:${port}`;

/** Kinds of an environment that decide about connections. */
export const POLICIES = new Set(['NetworkPolicy', 'ClusterNetworkPolicy', 'AdminNetworkPolicy']);

/**
 * A disposable copy of an environment's network: its namespaces and policies, and probe pods that carry exactly the
 * labels of every party. Its admission policies stay away, since they would refuse probes, and rightly.
 */
export class Stage {
  private readonly created: string[] = [];
  private readonly listeners = new Map<Party, { readonly pod: ProbePod; readonly addresses: readonly string[] }>();
  private watchers = new Map<Party, ProbePod>();
  private watching = 0;
  private readonly extras: ProbePod[] = [];

  constructor(
    private readonly cluster: Kubernetes,
    private readonly objects: readonly Manifest[],
    private readonly image: string,
    private readonly exposed: number,
  ) {}

  /** Makes what is missing of the namespaces. @throws where the environment itself is there: it is not ours */
  open(parties: readonly Party[]): void {
    const wanted = new Set(parties.filter(isPod).map(({ at }) => at.namespace));
    const governed = new Set(parties.filter(isPod).flatMap(({ at }) => (at.governed ? [at.namespace] : [])));
    const there = new Set<string>(
      read(this.cluster, 'namespaces').items.map(({ metadata }: Manifest) => metadata.name),
    );
    const taken = [...governed].find((name) => there.has(name));
    if (taken !== undefined)
      throw new Error(
        `namespace ${taken} exists: connections are measured in a copy of the environment, so declare it under a name of its own or delete the namespace`,
      );
    const ours = [...wanted].filter((name) => !there.has(name));
    this.created.push(...ours);
    const own = this.objects.filter(({ kind, metadata }) => kind === 'Namespace' && governed.has(metadata.name ?? ''));
    const others = ours
      .filter((name) => !governed.has(name))
      .map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
    create(this.cluster, [...own, ...others]);
  }

  /** Starts a listener for each pod that is connected to, on every port somebody tries. */
  async listen(cells: readonly Cell[]): Promise<void> {
    const wires = new Map<Party, Set<string>>();
    for (const { to, wire } of cells)
      wires.set(to, (wires.get(to) ?? new Set()).add(`${wire.protocol.toLowerCase()}:${wire.port}`));
    for (const [party, ports] of wires)
      if (isPod(party)) {
        const pod = podOf(`probe-${this.listeners.size}`, this.objects, party, ['listen', ...ports]);
        const labels = party.id === STRANGER ? { ...pod.labels, ...EXPOSED } : pod.labels;
        this.listeners.set(party, { pod: { ...pod, labels }, addresses: [] });
      }
    await this.start([...this.listeners.values()].map(({ pod }) => pod));
    create(this.cluster, this.nodePort());
    const addresses = await this.started([...this.listeners.values()].map(({ pod }) => pod));
    for (const [party, { pod }] of this.listeners)
      this.listeners.set(party, { pod, addresses: addresses.get(keyOfPod(pod)) ?? [] });
  }

  /** A NodePort that leads to the stranger: whoever reaches it went through the node. */
  private nodePort(): unknown[] {
    const [, stranger] = [...this.listeners].find(([{ id }]) => id === STRANGER) ?? [];
    if (stranger === undefined) return [];
    const { namespace } = stranger.pod;
    const port = { name: 'https', port: 443, targetPort: 443, nodePort: this.exposed };
    return [
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'probe', namespace },
        spec: { type: 'NodePort', ipFamilyPolicy: 'PreferDualStack', selector: EXPOSED, ports: [port] },
      },
    ];
  }

  /** Creates pods; a new namespace takes none before its service account is there. */
  private async start(pods: readonly ProbePod[]): Promise<void> {
    let refused = '';
    await until('pods are refused', 60, () => {
      try {
        create(
          this.cluster,
          pods.map((pod) => podManifest(pod, this.image)),
        );
        return true;
      } catch (error) {
        refused = String(error);
        return undefined;
      }
    }).catch(() => {
      throw new Error(`probe pods are refused: ${refused}`);
    });
  }

  /** Waits for pods, and returns the addresses of each. */
  private async started(pods: readonly ProbePod[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const found = new Map<string, readonly string[]>();
    const waits = new Map<string, string>();
    let missing: ProbePod[] = [];
    const all = () => {
      for (const { metadata, status } of read(this.cluster, 'pods', '--all-namespaces').items) {
        const ready = status.conditions?.some((c: Condition) => c.type === 'Ready' && c.status === 'True');
        waits.set(keyOfPod(metadata), status.containerStatuses?.[0]?.state?.waiting?.message ?? status.phase);
        if (ready) found.set(keyOfPod(metadata), status.podIPs?.map(({ ip }: { ip: string }) => ip) ?? []);
      }
      missing = pods.filter((pod) => (found.get(keyOfPod(pod)) ?? []).length === 0);
      return missing.length === 0 ? found : undefined;
    };
    return until('', SECONDS_TO_START, all).catch((error) => {
      if (missing.length === 0) throw error;
      const [first = { namespace: '', name: '' }] = missing;
      throw new Error(
        `${missing.length} of ${pods.length} probe pods do not run after ${SECONDS_TO_START} seconds; ${keyOfPod(first)}: ${waits.get(keyOfPod(first)) ?? 'not there'}`,
      );
    });
  }

  /** How a cell is asked: one target for each address of the party, in every family that both ends have. */
  targets({ from, to, wire }: Cell): string[] {
    if (to.at.kind === 'address') return [spec(wire, to.at.address)];
    const listener = this.listeners.get(to);
    if (listener === undefined) throw new Error(`${to.id}: nothing listens on ${showWire(wire)}`);
    const { at } = from;
    return listener.addresses
      .filter((address) => at.kind === 'pod' || isIPv6(address) === isIPv6(at.address))
      .map((address) => spec(wire, address));
  }

  /** Starts a pod for each pod that connects, beside the listener of the same labels: as a replica of it. */
  async watch(cells: readonly Cell[]): Promise<void> {
    const asked = new Map<Party, Set<string>>();
    for (const cell of cells) {
      const targets = asked.get(cell.from) ?? new Set<string>();
      for (const target of this.targets(cell)) targets.add(target);
      asked.set(cell.from, targets);
    }
    for (const [party, targets] of asked)
      if (isPod(party))
        this.watchers.set(party, podOf(`watch-${this.watching++}`, this.objects, party, ['watch', ...targets]));
    const pods = [...this.watchers.values()];
    await this.start(pods);
    await this.started(pods);
  }

  /** Asks about these cells alone from now on: rounds about everybody take most of a small machine. */
  async narrow(cells: readonly Cell[]): Promise<void> {
    this.remove([...this.watchers.values()]);
    this.watchers = new Map();
    await this.watch(cells);
  }

  private remove(pods: readonly ProbePod[]): void {
    const names = new Map<string, string[]>();
    for (const { namespace, name } of pods) names.set(namespace, [...(names.get(namespace) ?? []), name]);
    for (const [namespace, those] of names)
      this.cluster.kubectl(['delete', 'pod', '-n', namespace, ...those, '--ignore-not-found', '--wait=false']);
  }

  /** The policies of the environment, as far as the cluster knows their kinds; the kinds it does not know. */
  isolate(): string[] {
    const known = must(this.cluster, ['api-resources', '-o', 'name', '--cached=false']).split('\n');
    const policies = this.objects.filter(({ kind }) => POLICIES.has(kind));
    const served = ({ kind }: Manifest): boolean => known.some((name) => name.split('.')[0] === plural(kind));
    const kept = policies.filter(served);
    for (const { kind, metadata } of kept)
      if (metadata.namespace === undefined) this.created.push(`${kind}/${metadata.name}`);
    create(this.cluster, kept);
    return [...new Set(policies.filter((policy) => !served(policy)).map(({ kind }) => kind))];
  }

  /** What each source found open in its last whole round that began after `since`; undefined while one is missing. */
  rounds(since: Date): ReadonlyMap<Party, ReadonlySet<string>> | undefined {
    const namespaces = new Map<string, [Party, ProbePod][]>();
    for (const [party, pod] of this.watchers)
      namespaces.set(pod.namespace, [...(namespaces.get(pod.namespace) ?? []), [party, pod]]);
    const found = new Map<Party, ReadonlySet<string>>();
    for (const [namespace, watchers] of namespaces) {
      const last = this.lastWords(namespace);
      for (const [party, { name, args }] of watchers) {
        const line = last.get(name);
        if (line === undefined) return undefined;
        const { started, open } = JSON.parse(line) as { started: string; open: string };
        if (new Date(started) <= since) return undefined;
        found.set(party, new Set(args.slice(1).filter((_, i) => open[i] === '1')));
      }
    }
    return found;
  }

  /** The last line of every pod of a namespace that reports rounds: one request, because each costs a process. */
  private lastWords(namespace: string): ReadonlyMap<string, string> {
    const every = ['--selector', '!firepit.dev/nobody', '--prefix', '--tail=1'];
    const lines = must(this.cluster, ['logs', '-n', namespace, ...every]).matchAll(
      /^\[pod\/([^/]+)\/[^\]]+\] (\{.*\})$/gm,
    );
    return new Map([...lines].map(([, name = '', line = '']) => [name, line]));
  }

  pod(party: Party, role: 'listens' | 'watches'): ProbePod {
    const pod = role === 'listens' ? this.listeners.get(party)?.pod : this.watchers.get(party);
    if (pod === undefined) throw new Error(`${party.id}: no pod ${role} for it`);
    return pod;
  }

  /** Starts one more pod of a party. */
  async add(party: Party, name: string, args: readonly string[]): Promise<ProbePod> {
    if (!isPod(party)) throw new Error(`${party.id} is an address: no pod can stand for it`);
    const pod = podOf(name, this.objects, party, args);
    await this.start([pod]);
    await this.started([pod]);
    this.extras.push(pod);
    return pod;
  }

  /** Takes away everything it made; what was there before stays. */
  close(): void {
    const [cluster, namespaces] = [
      this.created.filter((name) => name.includes('/')),
      this.created.filter((name) => !name.includes('/')),
    ];
    for (const name of cluster) this.cluster.kubectl(['delete', '--ignore-not-found', name]);
    const leftovers = [
      ...[...this.listeners.values()].map(({ pod }) => pod),
      ...this.watchers.values(),
      ...this.extras,
    ];
    this.remove(leftovers.filter(({ namespace }) => !namespaces.includes(namespace)));
    if (namespaces.length > 0)
      this.cluster.kubectl([
        'delete',
        'namespace',
        ...namespaces,
        '--ignore-not-found',
        '--wait=true',
        '--timeout=120s',
      ]);
  }
}

const plural = (kind: string): string => `${kind.toLowerCase().replace(/y$/, 'ie')}s`;
