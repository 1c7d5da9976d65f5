import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { kubernetes } from '../../../apps/shared/platforms';
import { Cluster, definitions } from '../../../cluster';
import { until } from '../../../cluster/until';
import { AgentEnvironment, App, type EnvironmentDeclaration, Platform } from '../../../lib';
import { filesOf, synthesize } from '../../../lib/synth/driver';
import { desk } from '../../support/desk';
import { contracts } from '../../support/own-models';
import { team } from '../../support/team';
import { everyKind } from '../../support/workloads';

const { kind: _kind, ...facts } = kubernetes;
/** Each Kubernetes that a declaration may name, the oldest first, with environments that are declared for it. */
const DECLARED: readonly (readonly [version: string, declaration: EnvironmentDeclaration])[] = [
  [
    '1.35',
    desk({
      name: 'platform-135',
      platform: Platform.kubernetes({ ...facts, version: '1.35', gatewayAddress: '10.96.200.10' }),
    }),
  ],
  ['1.36', desk({ name: 'platform-136', platform: kubernetes })],
  ['1.36', everyKind({ name: 'platform-kinds', platform: kubernetes })],
  ['1.36', team({ name: 'platform-team', platform: kubernetes })],
  ['1.36', contracts({ name: 'platform-own', platform: kubernetes })],
];

const treeOf = (declaration: EnvironmentDeclaration): string[] => {
  const app = new App();
  new AgentEnvironment(app, declaration);
  return [...filesOf(synthesize(app))]
    .filter(([path]) => path.endsWith('.yaml') && !path.endsWith('kustomization.yaml'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, text]) => text);
};

const minor = (version: string): number => Number(version.match(/^v?1\.(\d+)/)?.[1]);

const cluster = Cluster.use(process.env.FIREPIT_KUBECONFIG ?? '');
const { stdout } = cluster.kubectl(['version', '-o', 'json']);
const running: string = JSON.parse(stdout).serverVersion.gitVersion;
const namespaces = ['firepit-system', 'gateway-system'].filter(
  (name) => !cluster.kubectl(['get', 'namespace', name]).ok,
);

beforeAll(async () => {
  const { documents, missing } = definitions();
  for (const each of missing) process.stderr.write(`not defined: ${each}\n`);
  const { ok, out } = cluster.kubectl(['apply', '--server-side', '-f', '-'], documents.join('\n---\n'));
  expect([ok, out.includes('rror')]).toEqual([true, false]);
  await until('the definitions are served', () => cluster.kubectl(['get', 'podmonitors,httproutes', '-A']).ok);
  for (const name of namespaces) cluster.kubectl(['create', 'namespace', name]);
}, 180_000);
afterAll(() => {
  for (const name of namespaces) cluster.kubectl(['delete', 'namespace', name, '--wait=false']);
});

describe(`Kubernetes ${running} takes the environments that are declared for it`, () => {
  const [fits = [], newer = []] = [true, false].map((wanted) =>
    DECLARED.filter(([version]) => minor(version) <= minor(running) === wanted).map(
      ([version, declaration]) => [version, declaration.name, declaration] as const,
    ),
  );
  if (newer.length > 0)
    process.stdout.write(
      `declared for a newer Kubernetes and not applied: ${newer.map(([version]) => version).join(', ')}\n`,
    );

  test('there is one', () => {
    expect(fits.length).toBeGreaterThan(0);
  });

  test.each(fits)(
    'declared for %s, %s: in written order, at the first pass, without a warning, again without a change',
    async (_version, name, declaration) => {
      const tree = treeOf(declaration).join('\n---\n');
      const lines = (out: string): string[] =>
        out.split('\n').filter((line) => line !== '' && !line.endsWith('serverside-applied'));
      try {
        const first = cluster.apply(tree);
        expect([lines(first.out), first.warnings, first.ok]).toEqual([[], [], true]);
        const generations = (): unknown =>
          JSON.parse(cluster.kubectl(['get', '-f', '-', '-o', 'json'], tree).stdout).items.map(
            ({ kind, metadata }: { kind: string; metadata: { name: string; uid: string; generation?: number } }) =>
              [kind, metadata.name, metadata.uid, metadata.generation] as const,
          );
        const before = generations();
        expect(cluster.apply(tree).ok).toBe(true);
        expect(generations()).toEqual(before);
      } finally {
        const all = tree.split('\n---\n').reverse().join('\n---\n');
        cluster.kubectl(['delete', '-f', '-', '--ignore-not-found', '--wait=false'], all);
      }
      // Nobody waits until a kubelet has given up on a registry that only exists in examples.
      for (const namespace of [name, `${name}-control`, `${name}-models`])
        cluster.kubectl(['delete', 'pods', '--all', '-n', namespace, '--force', '--grace-period=0', '--wait=false']);
      await until('its namespaces are gone', () => !cluster.kubectl(['get', 'namespace', name]).ok);
    },
    240_000,
  );
});
