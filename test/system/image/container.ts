import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { built } from '../../../cluster/build';
import type { Unpacked } from './unpacked';

/** As the manifests run a service. */
export const UID = 10_201;

export interface Mount {
  readonly from: string;
  readonly to: string;
  readonly writable?: boolean;
}

const NONE = { bounding: [], effective: [], permitted: [], ambient: [] };

const specOf = (image: Unpacked, args: readonly string[], mounts: readonly Mount[]): object => ({
  ociVersion: '1.2.0',
  process: {
    user: { uid: UID, gid: UID },
    args: [...image.config.Entrypoint, ...args],
    env: image.config.Env,
    cwd: '/',
    noNewPrivileges: true,
    capabilities: NONE,
  },
  root: { path: image.root, readonly: true },
  mounts: [
    { destination: '/proc', type: 'proc', source: 'proc' },
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755', 'size=64k', 'ro'] },
    ...mounts.map(({ from, to, writable }) => ({
      destination: to,
      type: 'bind',
      source: from,
      options: ['bind', 'nosuid', 'nodev', 'noexec', writable === true ? 'rw' : 'ro'],
    })),
  ],
  // The network is this machine's: what the service talks to is on its loopback.
  linux: { namespaces: [{ type: 'pid' }, { type: 'mount' }, { type: 'ipc' }, { type: 'uts' }] },
});

/** A service in a container: any uid, no capability, a root that cannot be written. */
export class Container {
  private said = '';
  ended = false;
  private constructor(
    private readonly child: ChildProcess,
    readonly exited: Promise<number | null>,
  ) {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk) => {
        this.said += chunk;
      });
    child.once('exit', () => {
      this.ended = true;
    });
  }

  static async run(
    folder: string,
    image: Unpacked,
    args: readonly string[],
    mounts: readonly Mount[],
  ): Promise<Container> {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'config.json'), JSON.stringify(specOf(image, args, mounts)));
    const runc = join(await built('runc'), 'runc');
    // In a process namespace that ends with this process, however it ends.
    const child = spawn(
      'setpriv',
      [
        ...['--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--mount-proc', '--fork', '--kill-child'],
        ...[
          runc,
          '--root',
          join(folder, 'state'),
          'run',
          '--no-pivot',
          '--bundle',
          folder,
          `firepit-image-${process.pid}`,
        ],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    return new Container(child, new Promise((done) => child.once('exit', (code) => done(code))));
  }

  get output(): string {
    return this.said;
  }

  /** The service itself, among the processes that this test started. */
  get pid(): number | undefined {
    const below = (pid: number): number[] => {
      try {
        const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
          readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
        );
        return children.flatMap((child) => [child, ...below(child)]);
      } catch {
        return [];
      }
    };
    return below(this.child.pid ?? 0).find((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('/usr/bin/node\0');
      } catch {
        return false;
      }
    });
  }

  kill(signal: NodeJS.Signals): void {
    if (this.pid !== undefined) process.kill(this.pid, signal);
  }

  /** Ends it and everything of it. */
  async end(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }
}
