import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { isIPv4, isIPv6 } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest } from '../../lib/minimum-bar';
import { labelsOfParty, templateOf } from './computed';
import { type Cell, keyOf, type Matrix } from './matrix';
import type { Party, PodPlace, Wire } from './party';

/** What the analyzer reads of an environment: who exists and what is allowed. */
const READ = new Set(['Namespace', 'NetworkPolicy', 'Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob']);

interface Line {
  readonly src: string;
  readonly dst: string;
  readonly conn: string;
}

/**
 * The analyzer knows IPv4 alone and reads `::/0` as every IPv4 address, so ranges of IPv6 are taken out before it reads
 * a policy. A rule whose last peer would go goes whole: without peers it would mean everybody.
 */
const ipv4Only = (policy: Manifest): unknown => {
  // biome-ignore lint/suspicious/noExplicitAny: rules as YAML has them
  const rules = (value: any[] | undefined, side: 'from' | 'to'): unknown =>
    value?.flatMap((rule) => {
      if (rule[side] === undefined) return [rule];
      const kept = rule[side].filter((peer: { ipBlock?: { cidr: string } }) => !peer.ipBlock?.cidr.includes(':'));
      return kept.length === 0 ? [] : [{ ...rule, [side]: kept }];
    });
  // biome-ignore lint/suspicious/noExplicitAny: a spec as YAML has it
  const spec = policy.spec as any;
  return { ...policy, spec: { ...spec, ingress: rules(spec.ingress, 'from'), egress: rules(spec.egress, 'to') } };
};

const podObject = (name: string, namespace: string, labels: Readonly<Record<string, string>>) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, labels },
  spec: { containers: [{ name: 'main', image: 'pause' }] },
});

/** How the analyzer calls each party, and the objects it needs to know those that no manifest makes. */
class Cast {
  readonly objects: object[] = [];
  private readonly names = new Map<Party, { readonly self: string; readonly replica: string }>();

  constructor(
    private readonly manifests: readonly Manifest[],
    parties: readonly Party[],
  ) {
    const known = new Set<string | undefined>(
      manifests.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name),
    );
    for (const party of parties) if (party.at.kind === 'pod') this.add(party, party.at, known);
  }

  private add(party: Party, at: PodPlace, known: Set<string | undefined>): void {
    if (!known.has(at.namespace)) {
      known.add(at.namespace);
      const labels = { 'kubernetes.io/metadata.name': at.namespace };
      this.objects.push({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: at.namespace, labels } });
    }
    const labels = labelsOfParty(this.manifests, party.id, at);
    const pod = (name: string): string => {
      this.objects.push(podObject(name, at.namespace, labels));
      return `${at.namespace}/${name}[Pod]`;
    };
    const name = `proof-${this.names.size}`;
    const owner = at.made ? templateOf(this.manifests, party.id, at).owner : undefined;
    this.names.set(party, {
      // Of a kind that the analyzer does not know, it gets such a pod.
      self:
        owner === undefined || !READ.has(owner.kind)
          ? pod(name)
          : `${at.namespace}/${owner.metadata.name}[${owner.kind}]`,
      // Asked from one replica to another: the analyzer says nothing about a workload and itself.
      replica: pod(`${name}-replica`),
    });
  }

  nameOf(party: Party, end: 'self' | 'replica'): string | undefined {
    return this.names.get(party)?.[end];
  }
}

const numberOf = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const inRange = (address: string, range: string): boolean => {
  const [first = '', last = ''] = range.split('-');
  return isIPv4(first) && isIPv4(last) && numberOf(address) >= numberOf(first) && numberOf(address) <= numberOf(last);
};

/** `SCTP 1-65535,TCP 443,8000-8080,UDP 53`, or all of it. */
export const carries = (conn: string, { protocol, port }: Wire): boolean => {
  if (conn === 'All Connections') return true;
  let current = '';
  return conn.split(',').some((part) => {
    const [, named, first = '', last = first] = /^(?:([A-Z]+) )?(\d+)(?:-(\d+))?$/.exec(part.trim()) ?? [];
    current = named ?? current;
    return current === protocol && port >= Number(first) && port <= Number(last);
  });
};

const analyze = (program: string, objects: readonly object[]): Line[] => {
  const folder = mkdtempSync(join(tmpdir(), 'firepit-netpol-'));
  try {
    objects.forEach((object, i) => {
      writeFileSync(join(folder, `${i}.yaml`), JSON.stringify(object));
    });
    const { status, stdout, stderr, error } = spawnSync(
      program,
      ['list', '--dirpath', folder, '-o', 'json', '--quiet'],
      { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
    );
    if (status !== 0) throw new Error(`${program} list: ${error?.message ?? stderr.trim()}`);
    return JSON.parse(stdout) as Line[];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const answerable = ({ from, to }: Cell): boolean =>
  [from, to].every(({ at }) => at.kind === 'pod' || !isIPv6(at.address));

/**
 * The same matrix by a program of others, np-guard's netpol-analyzer, which reads the manifests by itself. It leaves
 * out what it cannot know: IPv6.
 * @param program path of `netpolicy`
 */
export const analyzed = (program: string, manifests: readonly Manifest[], cells: readonly Cell[]): Matrix => {
  const asked = cells.filter(answerable);
  const cast = new Cast(manifests, [...new Set(asked.flatMap(({ from, to }) => [from, to]))]);
  const read = manifests
    .filter(({ kind }) => READ.has(kind))
    .map((object) => (object.kind === 'NetworkPolicy' ? ipv4Only(object) : object) as object);
  const lines = new Map<string, Line[]>();
  for (const line of analyze(program, [...read, ...cast.objects]))
    lines.set(line.src, [...(lines.get(line.src) ?? []), line]);
  const may = ({ from, to, wire }: Cell): boolean => {
    const source = cast.nameOf(from, 'self');
    const target = cast.nameOf(to, from === to ? 'replica' : 'self');
    const matches = (name: string | undefined, party: Party, found: string): boolean =>
      party.at.kind === 'pod' ? found === name : inRange(party.at.address, found);
    const candidates = source === undefined ? [...lines.values()].flat() : (lines.get(source) ?? []);
    return candidates.some(
      (line) => matches(source, from, line.src) && matches(target, to, line.dst) && carries(line.conn, wire),
    );
  };
  return new Map(asked.map((cell) => [keyOf(cell), may(cell)]));
};
