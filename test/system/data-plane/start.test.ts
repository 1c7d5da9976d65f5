import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { GOLDEN, readTree } from '../../support/golden';
import { mountAll } from '../envoy/mounted';
import { Pki } from '../envoy/pki';
import { ENVOY, emptied, freePorts, get, RunningEnvoy, validate, writeConfig } from '../envoy/run';

const root = mkdtempSync(join(tmpdir(), 'firepit-start-'));
const pki = new Pki(join(root, 'pki'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const TREES = ['dev', 'staging', 'prod', 'openshift'].map((stage) => `support-desk-${stage}`);
/** Every configuration of an Envoy in the golden trees, as it is mounted. */
const CONFIGS = TREES.flatMap((tree) =>
  [...readTree(join(GOLDEN, tree))]
    .filter(([path]) => /^30-configmap\/.*(gateway|-sidecar)-[0-9a-f]{10}\.yaml$/.test(path))
    .map(([path, text]) => [basename(path, '.yaml'), parse(text).data as Record<string, string>] as const),
);

/** Linux alone counts inotify instances. */
const COUNTED = process.platform === 'linux';
/** Inotify instances that a process has; other files of it come and go meanwhile. */
const instances = (pid: number): number =>
  Number(
    execFileSync('sh', ['-c', `ls -l /proc/${pid}/fd 2> /dev/null | grep -c anon_inode:inotify`], { encoding: 'utf8' }),
  );

/** Envoy where a user namespace leaves it fewer inotify instances than it takes. */
const starved = (): string => {
  const program = join(root, 'starved');
  const limit = 'echo 3 > /proc/sys/user/max_inotify_instances && exec "$@"';
  writeFileSync(program, `#!/bin/sh\nexec unshare --user --map-root-user sh -c '${limit}' sh '${ENVOY}' "$@"\n`, {
    mode: 0o755,
  });
  return program;
};

test('every environment has its gateway and the sidecars of its agents', () => {
  expect(CONFIGS).toHaveLength(TREES.length * 2);
});

describe.each(CONFIGS)('%s', (_name, config) => {
  test('is valid, starts, and tells that it lives and is ready for what it has', async () => {
    const directory = emptied(join(root, 'pod'));
    mountAll(directory, config, pki);
    const [inbound, outbound, health, metrics] = (await freePorts(4)) as [number, number, number, number];
    const ports = { 8443: inbound, 9443: outbound, 15001: outbound, 8081: health, 9090: metrics };
    const bootstrap = writeConfig(config, { root: directory, ports, hosts: {} });
    expect(validate(bootstrap)).toEqual({ ok: true, output: expect.not.stringContaining('Deprecated') });
    const envoy = new RunningEnvoy(bootstrap);
    try {
      await envoy.until('it lives', async () => (await get(health, '/live')) === 200);
      expect(await get(metrics, '/stats/prometheus')).toBe(200);
      // What docs/reference/limits.md says of a node.
      const credentials = new Set(JSON.stringify(config).match(/secrets\/[\w.-]+\/[\w.-]+/g));
      if (COUNTED) expect(instances(envoy.pid ?? 0)).toBe(6 + 2 * credentials.size);
      // A gateway is ready by itself; a sidecar without its gateway never is.
      if (config['envoy.yaml']?.includes('"id": "gateway"'))
        await envoy.until('it is ready', async () => (await get(health, '/ready')) === 200);
      else expect(await get(health, '/ready')).toBe(503);
    } finally {
      await envoy.stop();
    }
  }, 120_000);

  (COUNTED ? test : test.skip)('without inotify instances it ends, and says which setting it needs', async () => {
    const directory = emptied(join(root, 'starved-pod'));
    mountAll(directory, config, pki);
    const [health] = (await freePorts(1)) as [number];
    const bootstrap = writeConfig(config, { root: directory, ports: { 8081: health }, hosts: {} });
    const envoy = new RunningEnvoy(bootstrap, starved());
    try {
      const live = async (): Promise<boolean> => (await get(health, '/live')) === 200;
      await expect(envoy.until('it lives', live)).rejects.toThrow(
        /^it lives: Envoy ended\n.*inotify_fd_ >= 0.*fs\.inotify\.max_user_instances/,
      );
    } finally {
      await envoy.stop();
    }
  });

  test('broken, it is refused', () => {
    const directory = emptied(join(root, 'broken'));
    mountAll(directory, config, pki);
    const broken = {
      ...config,
      'envoy.yaml': (config['envoy.yaml'] ?? '').replace('"connect_timeout"', '"connect_timeot"'),
    };
    expect(validate(writeConfig(broken, { root: directory, ports: {}, hosts: {} })).ok).toBe(false);
  });
});
