/**
 * Runs the tests against real servers: starts clusters of our own, runs jest with FIREPIT_KUBECONFIG (and
 * FIREPIT_CLUSTER, the cluster's folder), and takes the clusters away whatever happens. Tests that bring servers of their
 * own run beside those that share a cluster.
 * usage: npm run test:system [-- [--kubeconfig FILE] [--kubernetes VERSION] [PATTERN…] [--jest-option=VALUE…]]
 *        npm run test:long       random inputs tenfold, and the oldest Kubernetes that a declaration may name
 */
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { built, Cluster } from '../cluster';
import { buildTimes } from '../cluster/build';
import { envoyProgram } from '../cluster/envoy';
import { withInotify } from '../cluster/inotify';
import { memoryOf } from '../cluster/memory';
import { record, timed } from '../cluster/record';
import { OLDEST_KUBERNETES, VERSIONS } from '../cluster/versions';
import { anchorParameters } from '../proof/anchor';
import { Api } from '../proof/api';
import { Requests } from '../proof/requests';

/** Takes an option with its value out of the arguments. */
function taken(args: string[], option: string): string | undefined {
  const at = args.indexOf(option);
  if (at < 0) return undefined;
  const [, value] = args.splice(at, 2);
  if (value === undefined) throw new Error(`${option} needs a value`);
  return value;
}

const JEST = require.resolve('jest/bin/jest');
const SYSTEM = ['--config', 'test/system/jest.config.js'];

/** Tests of one process of jest. */
interface Lane {
  /** The number of the cluster that they share. */
  readonly cluster: number;
  readonly files: readonly string[];
  /** How many run at a time. */
  readonly workers: number;
}

/** What shares a cluster says so, and runs one after the other; the rest brings its own servers and waits for nobody. */
const SHARES = /FIREPIT_KUBECONFIG|onOwnCluster|whenLong/;
/** What needs the API server and the network alone: it takes minutes, and another cluster as well. */
const BARE = /system\/(network|platforms)\//;

function lanesOf(args: readonly string[], clusters: number): Lane[] {
  const patterns = args.filter((arg) => !arg.startsWith('-'));
  const listed = execFileSync(process.execPath, [JEST, ...SYSTEM, '--listTests', ...patterns], { encoding: 'utf8' });
  const files = listed.split('\n').filter((line) => line.endsWith('.test.ts'));
  if (files.length === 0) throw new Error(`no system test matches ${patterns.join(' ')}`);
  const shared = files.filter((file) => SHARES.test(readFileSync(file, 'utf8')));
  const bare = shared.filter((file) => BARE.test(file));
  const full = shared.filter((file) => !bare.includes(file));
  const lanes =
    clusters > 1 && full.length > 0
      ? [
          { cluster: 0, files: full, workers: 1 },
          { cluster: 1, files: bare, workers: 1 },
        ]
      : [{ cluster: 0, files: shared, workers: 1 }];
  lanes.push({ cluster: 0, files: files.filter((file) => !shared.includes(file)), workers: 2 });
  return lanes.filter((lane) => lane.files.length > 0);
}

/** Tests that draw their inputs: the gate draws the same ones every time, a long run new ones. */
function propertyTests(): string[] {
  const listed = execFileSync(process.execPath, [JEST, '--listTests'], { encoding: 'utf8' });
  return listed.split('\n').filter((file) => file !== '' && /support\/property/.test(readFileSync(file, 'utf8')));
}

/** jest ends with this process, also when this process is killed. */
function jest(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<number> {
  const node = [process.execPath, JEST, ...args];
  const [program = '', ...rest] = process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL', ...node] : node;
  const child = spawn(program, rest, { stdio: 'inherit', env: { ...process.env, ...environment } });
  // Ctrl-C reaches jest too: this process waits for it, and then takes the cluster away.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** Somebody else's cluster: what needs its node cannot run there. */
function theirs(kubeconfig: string): Cluster {
  const cluster = Cluster.use(kubeconfig);
  const { ok, out } = cluster.kubectl(['version']);
  if (!ok) throw new Error(`no cluster answers with ${kubeconfig}: ${out.trim()}`);
  if (!cluster.own)
    process.stdout.write(
      'this cluster was not started here: tests that enter its node, stop its parts or measure packets are left out, and say so\n',
    );
  return cluster;
}

/** Whatever order environments come and go in, the API server goes on reading what their policies are given. */
async function keepReading({ kubeconfig }: Cluster, kubectl: string): Promise<void> {
  const api = await Api.open({ kubeconfig, kubectl });
  try {
    const kept = await anchorParameters(new Requests(api));
    process.stdout.write(`policies that match nothing and stay: ${kept.length}\n`);
  } finally {
    api.close();
  }
}

interface Run {
  readonly kubeconfig?: string;
  readonly kubernetes: string;
  readonly jest: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Clusters of our own, or the one that is given, and every lane on its cluster. */
async function run({ kubeconfig, kubernetes, jest: args, environment }: Run): Promise<number> {
  const lanes = lanesOf(args, kubeconfig === undefined ? 2 : 1);
  const clusters: Cluster[] = [];
  try {
    clusters.push(
      kubeconfig === undefined ? await timed('cluster', () => Cluster.start({ kubernetes })) : theirs(kubeconfig),
    );
    const start = Date.now();
    if (lanes.some(({ cluster }) => cluster === 1)) clusters.push(await Cluster.start({ kubernetes }));
    const programs = await built('kubernetes', kubernetes);
    for (const cluster of clusters) await keepReading(cluster, join(programs, 'kubectl'));
    const variables = {
      FIREPIT_KUBERNETES: programs,
      FIREPIT_ETCD: await built('etcd'),
      ENVOY: envoyProgram(),
      ...environment,
    };
    const on = ({ kubeconfig, folder }: Cluster): Record<string, string> => ({
      FIREPIT_KUBECONFIG: kubeconfig,
      ...(folder === undefined ? {} : { FIREPIT_CLUSTER: folder }),
    });
    const options = args.filter((arg) => arg.startsWith('-'));
    const status = Math.max(
      ...(await Promise.all(
        lanes.map((lane) =>
          jest([...SYSTEM, `--maxWorkers=${lane.workers}`, ...options, '--runTestsByPath', ...lane.files], {
            ...variables,
            ...on(clusters[lane.cluster] as Cluster),
          }),
        ),
      )),
    );
    recordRun(clusters, { args, kubernetes, ok: status === 0, seconds: Math.round((Date.now() - start) / 1000) });
    return status;
  } finally {
    await Promise.all(clusters.map((cluster) => cluster.stop()));
  }
}

interface Ran {
  readonly args: readonly string[];
  readonly kubernetes: string;
  readonly ok: boolean;
  readonly seconds: number;
}

/** Writes down what the run took; the first cluster has everything in it, and its memory counts. */
function recordRun([cluster]: readonly Cluster[], { args, kubernetes, ok, seconds }: Ran): void {
  if (cluster?.folder !== undefined) {
    const programs = memoryOf(cluster.folder);
    const mebibytes = Object.values(programs).reduce((sum, mib) => sum + mib, 0);
    record({ stage: 'memory', seconds: 0, mebibytes, programs });
  }
  const builds = buildTimes();
  record({ stage: 'build, once', seconds: Object.values(builds).reduce((sum, each) => sum + each, 0), builds });
  record({ stage: 'suite', seconds, kubernetes, ok, tests: args.length === 0 ? 'all' : args.join(' ') });
}

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  const kubeconfig = taken(args, '--kubeconfig');
  const kubernetes = taken(args, '--kubernetes') ?? VERSIONS.kubernetes;
  const long = args.indexOf('--long');
  if (long < 0) return run({ ...(kubeconfig === undefined ? {} : { kubeconfig }), kubernetes, jest: args });
  if (kubeconfig !== undefined) throw new Error('--long brings clusters of its own: leave --kubeconfig out');
  args.splice(long, 1);
  const environment = { FIREPIT_LONG: '1' };
  const properties = await jest(['--runTestsByPath', ...propertyTests()], environment);
  const newest = await run({ kubernetes, jest: args, environment });
  const oldest = await run({
    kubernetes: OLDEST_KUBERNETES,
    jest: args.length > 0 ? args : ['system/(platforms|lifecycle)/'],
    environment,
  });
  return Math.max(properties, newest, oldest);
}

withInotify(main).then(
  (status) => {
    process.exitCode = status;
  },
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  },
);
