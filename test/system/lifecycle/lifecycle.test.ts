import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Cluster } from '../../../cluster';
import { complaint, lacks } from '../../../cluster/machine';
import { until } from '../../../cluster/until';
import { left, machineState, tracesOf } from './remains';

const ROOT = join(__dirname, '../../..');
const TSX = join(ROOT, 'node_modules/tsx/dist/cli.mjs');
const MAIN = join(ROOT, 'cluster/main.ts');
const EVERYTHING = ['processes', 'mounts', 'interfaces', 'cgroups', 'files'];

const parent = mkdtempSync(join(tmpdir(), 'firepit-lifecycle-'));
let count = 0;
const folder = (): string => join(parent, `firepit-cluster-${++count}`);
afterAll(() => rmSync(parent, { recursive: true, force: true }));

// Somebody else's cluster is tested from any machine; a cluster of our own needs one that can run it.
const missing = process.env.FIREPIT_CLUSTER === undefined ? lacks() : [];
if (missing.length > 0)
  process.stdout.write(`left out: how a cluster of our own comes and goes: ${complaint(missing)}\n`);
const onOwnMachine = missing.length > 0 ? describe.skip : describe;

let before: ReturnType<typeof machineState>;
beforeAll(() => {
  if (missing.length === 0) before = machineState();
});

/** A process that starts a cluster and stays. */
function starter(at: string): ChildProcess {
  const program = `require(${JSON.stringify(join(ROOT, 'cluster'))}).Cluster.start({ folder: ${JSON.stringify(at)} })
    .then(() => { console.log('up'); setInterval(() => {}, 1000); });`;
  return spawn(process.execPath, ['--require', 'tsx/cjs', '-e', program], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

const isUp = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`the starter ended with ${code}`)));
  });

const command = (args: readonly string[], env: NodeJS.ProcessEnv = process.env) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [TSX, MAIN, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    env,
  });
  return { status, out: `${stdout}${stderr}` };
};

onOwnMachine('a cluster comes and goes', () => {
  test('with ports taken on the machine it starts, and after its end nothing is left', async () => {
    const taken: Server[] = [];
    for (const port of [6443, 2379, 10250]) {
      const server = createServer().on('error', () => undefined);
      taken.push(server.listen(port, '0.0.0.0'));
    }
    const at = folder();
    const cluster = await Cluster.start({ folder: at });
    try {
      expect(
        cluster.get('node', 'node1').status.conditions.find((c: { type: string }) => c.type === 'Ready').status,
      ).toBe('True');
      expect(cluster.own).toBe(true);
      const traces = tracesOf(at);
      // What is looked for afterwards is there now, or the look proves nothing.
      expect(left(traces)).toEqual(EVERYTHING);
      await cluster.stop();
      expect(left(traces)).toEqual([]);
      expect(machineState()).toEqual(before);
    } finally {
      await cluster.stop();
      for (const server of taken) server.close();
    }
  }, 180_000);

  test.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)(
    'its starter ends by %s: nothing is left',
    async (signal) => {
      const at = folder();
      const child = starter(at);
      await isUp(child);
      const traces = tracesOf(at);
      expect(left(traces)).toEqual(EVERYTHING);
      child.kill(signal);
      await until('nothing is left', () => left(traces).length === 0);
      expect(machineState()).toEqual(before);
    },
    180_000,
  );

  test('its starter is killed half-way: nothing is left', async () => {
    const at = folder();
    const child = starter(at);
    await until('the API server starts', () => existsSync(join(at, 'logs/kube-apiserver.log')));
    const traces = tracesOf(at);
    child.kill('SIGKILL');
    await until('nothing is left', () => left(traces).length === 0);
    expect(machineState()).toEqual(before);
  }, 180_000);

  test('its supervisor is killed: processes and mounts end at once, the rest goes when another starts', async () => {
    const at = folder();
    const child = starter(at);
    await isUp(child);
    const traces = tracesOf(at);
    process.kill(Number(readFileSync(join(at, 'enclosure.pid'), 'utf8')), 'SIGKILL');
    await until('no process is left', () => !left(traces).some((kind) => ['processes', 'mounts'].includes(kind)));
    child.kill('SIGKILL');
    const next = folder();
    const another = starter(next);
    await until('another starts', () => existsSync(join(next, 'logs/kube-apiserver.log')));
    // The name is free again; most often it is the new cluster's.
    const reused = tracesOf(next).name === traces.name;
    expect(left(traces)).toEqual(reused ? ['interfaces', 'cgroups'] : []);
    expect(left(tracesOf(next))).toContain('processes');
    another.kill('SIGKILL');
    await until('it is gone too', () => !existsSync(next));
  }, 180_000);

  test('npm run cluster leaves it running, cluster:down ends it', async () => {
    const at = folder();
    const up = command(['up', '--folder', at]);
    expect(up.out).toContain(`export KUBECONFIG=${at}/admin.kubeconfig`);
    expect(up.status).toBe(0);
    const traces = tracesOf(at);
    const cluster = Cluster.use(join(at, 'admin.kubeconfig'));
    expect(cluster.own).toBe(true);
    expect(cluster.within('ip', ['-br', 'addr']).out).toContain('10.244.255.1/32');
    const down = command(['down', at]);
    expect(down).toEqual({ status: 0, out: `ended: ${at}\n` });
    expect(left(traces)).toEqual([]);
    expect(command(['down', at])).toEqual({ status: 1, out: `no cluster runs in ${at}\n` });
  }, 180_000);
});

onOwnMachine('what cannot be is said in one message, and leaves nothing', () => {
  const refused = (at: string, args: readonly string[], env?: NodeJS.ProcessEnv): string => {
    const { status, out } = command(['up', '--folder', at, ...args], env);
    expect(status).toBe(1);
    expect(out).not.toMatch(/^ +at /m);
    return out;
  };

  test('a folder that holds something', () => {
    const at = folder();
    mkdirSync(at);
    writeFileSync(join(at, 'mine'), '');
    expect(refused(at, [])).toBe(
      `${at} holds mine; expected an empty folder, because it is removed when the cluster ends\n`,
    );
    expect(readdirSync(at)).toEqual(['mine']);
  });

  test('a full disk', () => {
    const at = folder();
    mkdirSync(at);
    const mounted = `mount -t tmpfs -o size=16m small ${at} && exec ${process.execPath} ${TSX} ${MAIN} up --folder ${at}`;
    const { status, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', mounted], { cwd: ROOT, encoding: 'utf8' });
    expect([status, stderr]).toEqual([
      1,
      `${at} has 16 MiB free; a cluster needs 2048: make room, or name another folder\n`,
    ]);
    expect(readdirSync(at)).toEqual([]);
  });

  test('no root', () => {
    const at = folder();
    const lone = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', process.execPath, TSX, MAIN];
    const { status, stderr } = spawnSync(lone[0] ?? '', [...lone.slice(1), 'up', '--folder', at], {
      cwd: '/',
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: tmpdir(), XDG_CACHE_HOME: tmpdir() },
    });
    expect(stderr).toContain('root, for namespaces and mounts: run the command as root (sudo -E)\n');
    expect(status).toBe(1);
    expect(existsSync(at)).toBe(false);
  });

  test('a missing program, with the command that installs it', () => {
    const programs = join(parent, 'programs');
    mkdirSync(programs);
    for (const place of (process.env.PATH ?? '').split(':').filter(existsSync))
      for (const name of readdirSync(place))
        if (name !== 'nft' && !existsSync(join(programs, name))) symlinkSync(join(place, name), join(programs, name));
    const at = folder();
    const out = refused(at, [], { ...process.env, PATH: programs });
    expect(out).toContain('\n  nft\nfix: apt-get install --yes nftables\n');
    expect(existsSync(at)).toBe(false);
  });

  test('a version that does not exist, and nothing half in the cache', () => {
    const at = folder();
    expect(refused(at, ['--kubernetes', 'v1.36.999'])).toContain('kubernetes v1.36.999 could not be built.\n');
    expect(existsSync(at)).toBe(false);
    const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'firepit');
    expect(readdirSync(cache).filter((name) => name.includes('1.36.999') && !name.endsWith('.lock'))).toEqual([]);
  });
});
