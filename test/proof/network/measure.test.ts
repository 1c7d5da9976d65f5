import { describe, expect, jest, test } from '@jest/globals';
import type { Manifest } from '../../../lib/minimum-bar';
import type { Kubernetes } from '../../../proof/network/cluster';
import { computed, labelsOfParty } from '../../../proof/network/computed';
import { cellsOf, differences, keyOf } from '../../../proof/network/matrix';
import { measure } from '../../../proof/network/measure';
import { type Party, placesOf } from '../../../proof/network/party';
import { desk } from '../../support/desk';
import { objectsOf } from '../../support/environment';

const declaration = desk();
const objects = objectsOf(declaration);
const { nodePort } = placesOf(declaration);
/** Few questions, among them open ones: a fake cluster answers each of them on every call. */
const cells = cellsOf(declaration).filter(
  ({ from, to, wire }) =>
    from.at.kind === 'pod' &&
    ['gateway', 'agent triage', 'a stranger', 'ingress', 'metadata'].includes(from.id) &&
    ['gateway', 'agent triage', 'metadata'].includes(to.id) &&
    [80, 8443, 9443].includes(wire.port),
);
const expected = computed(objects, cells);

interface Behaviour {
  readonly enforces: boolean;
  readonly there?: readonly string[];
  /** A target that never answers. */
  readonly silent?: string;
}

/** As much of a cluster as a measurement sees: pods get addresses, and watchers report what the policies let through. */
class FakeCluster implements Kubernetes {
  readonly deleted: string[] = [];
  private readonly pods: Manifest[] = [];
  private policies = false;

  constructor(private readonly is: Behaviour) {}

  kubectl(args: readonly string[], input = ''): { ok: boolean; out: string; stdout: string } {
    const stdout = this.answer(args, input);
    return { ok: true, out: stdout, stdout };
  }

  private answer(args: readonly string[], input: string): string {
    const [verb, what = ''] = args;
    if (verb === 'apply') return this.apply(JSON.parse(input).items);
    if (verb === 'api-resources') return 'networkpolicies.networking.k8s.io\n';
    if (verb === 'logs') return this.rounds(args[2] ?? '');
    if (verb === 'delete') this.deleted.push(...args.slice(1).filter((arg) => !arg.startsWith('-')));
    if (what === 'namespaces')
      return JSON.stringify({ items: (this.is.there ?? []).map((name) => ({ metadata: { name } })) });
    if (what === 'pods') return JSON.stringify({ items: this.pods.map((pod, i) => this.running(pod, i)) });
    return '';
  }

  private apply(applied: Manifest[]): string {
    this.pods.push(...applied.filter(({ kind }) => kind === 'Pod'));
    if (applied.some(({ kind }) => kind === 'NetworkPolicy')) this.policies = true;
    return '';
  }

  private running({ metadata }: Manifest, i: number) {
    return { metadata, status: { podIPs: [{ ip: `10.9.0.${i}` }], conditions: [{ type: 'Ready', status: 'True' }] } };
  }

  /** What kubectl prints of a namespace: listeners say something else, and come in between. */
  private rounds(namespace: string): string {
    return this.pods
      .filter(({ metadata }) => metadata.namespace === namespace)
      .map((pod) => `[pod/${pod.metadata.name}/probe] ${this.words(pod)}`)
      .join('\n');
  }

  private words(pod: Manifest): string {
    const { containers } = pod.spec as { containers: { args: string[] }[] };
    const [role, ...targets] = containers[0]?.args ?? [];
    if (role !== 'watch') return `listening on ${targets.join(' ')}`;
    const open = targets.map((target) => (this.lets(pod, target) ? '1' : '0')).join('');
    return JSON.stringify({ started: new Date(Date.now() + 1000), open });
  }

  private lets({ metadata }: Manifest, target: string): boolean {
    if (target === this.is.silent) return false;
    if (!this.policies || !this.is.enforces) return true;
    const [, address = '', port] = /^tcp:(.*):(\d+)$/.exec(target) ?? [];
    const to = this.pods[Number(address.split('.')[3])];
    return cells.some(
      (cell) =>
        String(cell.wire.port) === port &&
        cell.wire.protocol === 'TCP' &&
        expected.get(keyOf(cell)) === true &&
        isPodOf(cell.from, metadata) &&
        isPodOf(cell.to, to?.metadata),
    );
  }
}

/** Whether a probe pod stands for a party: the labels of the party's workload, and none that change who it is. */
const isPodOf = ({ id, at }: Party, pod: Manifest['metadata'] | undefined): boolean =>
  at.kind === 'pod' &&
  at.namespace === pod?.namespace &&
  JSON.stringify(labelsOfParty(objects, id, at)) === JSON.stringify(pod.labels);

const measured = async (is: Behaviour) => {
  const cluster = new FakeCluster(is);
  // Time passes whenever the measurement waits.
  jest.useFakeTimers();
  try {
    let done = false;
    const found = measure(cluster, { cells, objects, image: 'probe:1', nodePort }).finally(() => {
      done = true;
    });
    found.catch(() => undefined);
    while (!done) await jest.advanceTimersByTimeAsync(1000);
    return { ...(await found), cluster };
  } finally {
    jest.useRealTimers();
  }
};

describe('a measurement', () => {
  test('finds what an engine enforces, and takes away what it made', async () => {
    const { matrix, unmeasurable, unserved, cluster } = await measured({ enforces: true, there: ['kube-system'] });
    expect(unmeasurable).toEqual([]);
    expect(differences({ name: 'intended', matrix: expected }, { name: 'measured', matrix })).toEqual([]);
    expect(unserved).toEqual(['ClusterNetworkPolicy']);
    expect(cluster.deleted).toContain('support-desk-test');
    expect(cluster.deleted).not.toContain('kube-system');
  });

  test('finds that nothing is enforced', async () => {
    const { matrix } = await measured({ enforces: false });
    const closed = [...expected.values()].filter((open) => !open).length;
    const found = differences({ name: 'intended', matrix: expected }, { name: 'measured', matrix });
    expect(found).toHaveLength(closed);
    expect(found[0]).toMatch(/: intended closed, measured open$/);
  });

  test('does not call closed what nobody ever opened', async () => {
    const { matrix, unmeasurable } = await measured({ enforces: true, silent: 'tcp:169.254.169.254:80' });
    expect(unmeasurable.length).toBeGreaterThan(0);
    for (const key of unmeasurable) expect(key).toMatch(/ → metadata 80\/TCP$/);
    for (const key of unmeasurable) expect(matrix.has(key)).toBe(false);
  });

  test('refuses to touch an environment that is there', async () => {
    await expect(measured({ enforces: true, there: ['support-desk-test'] })).rejects.toThrow(
      /^namespace support-desk-test exists: .*name of its own/,
    );
  });
});
