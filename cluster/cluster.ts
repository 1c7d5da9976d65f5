import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { built, folderOf } from './build';
import { type Programs, startControlPlane } from './control-plane';
import { startDns } from './dns';
import { Enclosure, firstProcess, runWithin, type Said, startWithin } from './enclosure';
import { type Answer, Kubectl } from './kubectl';
import { complaint, lacks } from './machine';
import { prepareNetwork } from './network';
import { enforceNetworkPolicies } from './network-policies';
import { startNode } from './node';
import { standInForOutside } from './outside';
import type { Family } from './versions';
import { VERSIONS } from './versions';

/** MiB that images, containers and logs of a test run may take. */
const ROOM = 2048;

export interface ClusterOptions {
  /** Where its state is; empty or not there yet, and removed at the end. @default - a temporary folder */
  readonly folder?: string;
  /** @default - the pinned version */
  readonly kubernetes?: string;
}

/** A Kubernetes cluster: one of our own on this machine, or one that somebody else runs. */
export class Cluster {
  private readonly client: Kubectl;

  private constructor(
    readonly kubeconfig: string,
    kubectl: string,
    /** State of a cluster of our own. */
    readonly folder?: string,
    private readonly enclosure?: Enclosure,
  ) {
    this.client = new Kubectl(kubeconfig, kubectl);
  }

  /** Builds what is missing, starts a one-node cluster of our own, and resolves when its node is ready. */
  static async start({ folder, kubernetes = VERSIONS.kubernetes }: ClusterOptions = {}): Promise<Cluster> {
    const found = lacks();
    if (found.length > 0) throw new Error(complaint(found));
    const programs = await programsOf(kubernetes);
    const enclosure = await Enclosure.open(emptyFolder(folder));
    try {
      prepareNetwork(enclosure);
      standInForOutside(enclosure);
      const kubectl = await startControlPlane(enclosure, programs);
      await Promise.all([
        startNode(enclosure, programs, kubectl),
        enforceNetworkPolicies(enclosure, programs, kubectl),
      ]);
      await startDns(enclosure, programs, kubectl);
      return new Cluster(kubectl.kubeconfig, join(programs.kubernetes, 'kubectl'), enclosure.folder, enclosure);
    } catch (error) {
      await enclosure.close();
      throw error;
    }
  }

  /** A cluster that runs already, ours or somebody else's. */
  static use(kubeconfig: string): Cluster {
    const file = resolve(kubeconfig);
    if (!existsSync(file)) throw new Error(`${file} does not exist; expected a kubeconfig`);
    const folder = firstProcess(dirname(file)) === undefined ? undefined : dirname(file);
    const cached = join(folderOf('kubernetes'), 'kubectl');
    return new Cluster(file, existsSync(cached) ? cached : 'kubectl', folder);
  }

  /** Whether its node can be entered. */
  get own(): boolean {
    return this.folder !== undefined;
  }

  kubectl(args: readonly string[], input?: string): Answer {
    return this.client.run(args, input);
  }

  // biome-ignore lint/suspicious/noExplicitAny: callers look into any object
  get(...args: readonly string[]): any {
    return this.client.get(...args);
  }

  apply(documents: string): Answer {
    return this.client.apply(documents);
  }

  /** Runs a program among the node's processes, mounts and networks (own clusters only). */
  within(program: string, args: readonly string[], input?: string | Buffer): Said {
    return runWithin(this.state, program, args, input);
  }

  /** Starts a program there that runs until the cluster ends; what it says goes to `<folder>/logs/<name>.log`. */
  background(name: string, program: string, args: readonly string[], environment: Record<string, string> = {}): void {
    startWithin(this.state, name, program, args, environment);
  }

  /** Lets a cluster of our own outlive this process: `npm run cluster:down` ends it. */
  keep(): void {
    this.enclosure?.keep();
  }

  /** Ends a cluster that this process started; leaves any other alone. */
  async stop(): Promise<void> {
    await this.enclosure?.close();
  }

  private get state(): string {
    if (this.folder === undefined)
      throw new Error(`the cluster of ${this.kubeconfig} was not started here: its node cannot be entered`);
    return this.folder;
  }
}

async function programsOf(kubernetes: string): Promise<Programs> {
  const families = [
    'etcd',
    'containerd',
    'runc',
    'pause',
    'coredns',
    'kube-network-policies',
  ] as const satisfies Family[];
  const folders: Record<string, string> = { kubernetes: await built('kubernetes', kubernetes) };
  for (const family of families) folders[family] = await built(family);
  return folders as unknown as Programs;
}

function emptyFolder(wanted: string | undefined): string {
  const folder = wanted === undefined ? mkdtempSync(join(tmpdir(), 'firepit-cluster-')) : resolve(wanted);
  mkdirSync(folder, { recursive: true });
  const [found] = readdirSync(folder);
  if (found !== undefined)
    throw new Error(`${folder} holds ${found}; expected an empty folder, because it is removed when the cluster ends`);
  const { bavail, bsize } = statfsSync(folder);
  const mebibytes = Math.floor((bavail * bsize) / 1024 ** 2);
  if (mebibytes < ROOM)
    throw new Error(`${folder} has ${mebibytes} MiB free; a cluster needs ${ROOM}: make room, or name another folder`);
  // Containers with users of their own reach their files through it.
  chmodSync(folder, 0o755);
  return folder;
}
