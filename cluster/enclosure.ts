import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a program that ran to its end said. */
export interface Said {
  readonly ok: boolean;
  readonly out: string;
}

/** Arguments of nsenter for the namespaces of a process. */
const into = (pid: number): string[] => ['--target', String(pid), '--net', '--mount', '--pid', '--'];

/** The first process of a cluster's namespaces, if it runs. */
export const firstProcess = (folder: string): number | undefined => {
  const file = join(folder, 'first.pid');
  if (!existsSync(file)) return undefined;
  const pid = Number(readFileSync(file, 'utf8'));
  // A process id may have been given to somebody else.
  const command = join('/proc', String(pid), 'cmdline');
  return existsSync(command) && readFileSync(command, 'utf8').includes(folder) ? pid : undefined;
};

/** Starts a program that runs until the cluster in `folder` ends; what it says goes to `logs/<name>.log`. */
export function startWithin(
  folder: string,
  name: string,
  path: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ChildProcess {
  const pid = firstProcess(folder);
  if (pid === undefined) throw new Error(`no cluster runs in ${folder}: start one with npm run cluster`);
  const log = openSync(join(folder, 'logs', `${name}.log`), 'a');
  const child = spawn('nsenter', [...into(pid), path, ...args], {
    stdio: ['ignore', log, log],
    detached: true,
    cwd: '/',
    env: { ...process.env, TMPDIR: join(folder, 'tmp'), ...environment },
  });
  closeSync(log);
  child.unref();
  return child;
}

/** Runs a program among the processes and networks of the cluster in `folder`. */
export function runWithin(folder: string, program: string, args: readonly string[], input?: string | Buffer): Said {
  const pid = firstProcess(folder);
  if (pid === undefined) throw new Error(`no cluster runs in ${folder}: start one with npm run cluster`);
  const { status, stdout, stderr, error } = spawnSync('nsenter', [...into(pid), program, ...args], {
    input,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error !== undefined) throw new Error(`nsenter ${program}: ${error.message}`);
  return { ok: status === 0, out: `${stdout}${stderr}` };
}

/**
 * The walls around a cluster of our own: network, mount and process namespaces, a pair of interfaces and cgroups of one
 * name, and a folder. A supervisor outside takes all of it away when this process ends, however it ends.
 */
export class Enclosure {
  private readonly ended = new Set<string>();

  private constructor(
    readonly folder: string,
    private readonly supervisor: ChildProcess,
    private readonly gone: Promise<void>,
    /** Of the interface outside, and of the cgroups. */
    readonly name: string,
    /** Where programs inside are reached from outside. */
    readonly address: string,
  ) {}

  /** @param folder an empty folder, which is removed at the end */
  static async open(folder: string): Promise<Enclosure> {
    const supervisor = spawn('sh', [join(__dirname, 'enclosure.sh'), 'hold', folder], {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      cwd: '/',
    });
    let said = '';
    const gone = new Promise<void>((resolve) => supervisor.once('close', () => resolve()));
    supervisor.stderr.on('data', (chunk) => {
      said += chunk;
    });
    const line = await new Promise<string>((resolve, reject) => {
      supervisor.once('error', reject);
      supervisor.once('close', () => reject(new Error(said.trim() || 'the namespaces of a cluster cannot be made')));
      supervisor.stdout.once('data', (chunk) => resolve(String(chunk)));
    });
    const [, , name = '', address = ''] = line.trim().split(' ');
    for (const part of ['logs', 'tmp']) mkdirSync(join(folder, part));
    return new Enclosure(folder, supervisor, gone, name, address);
  }

  start(name: string, path: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): void {
    startWithin(this.folder, name, path, args, environment).once('exit', () => this.ended.add(name));
  }

  run(program: string, args: readonly string[], input?: string | Buffer): Said {
    return runWithin(this.folder, program, args, input);
  }

  /** As `run`, for what must not fail. */
  must(program: string, args: readonly string[], input?: string | Buffer): string {
    const { ok, out } = this.run(program, args, input);
    if (!ok) throw new Error(`${program} ${args.join(' ')}: ${out.trim()}`);
    return out;
  }

  /** Asks until the answer is yes; a program that ended meanwhile is named with its last words. */
  async until(what: string, ask: () => boolean, seconds = 180): Promise<void> {
    const end = Date.now() + seconds * 1000;
    while (!ask()) {
      const [dead] = this.ended;
      if (dead !== undefined) throw new Error(`${what}: ${dead} ended: ${this.lastWords(dead)}`);
      if (Date.now() > end)
        throw new Error(`${what}: not within ${seconds} s; logs are in ${join(this.folder, 'logs')}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** Lets the cluster outlive this process; SIGTERM to the supervisor ends it. */
  keep(): void {
    this.supervisor.stdin?.end('keep\n');
    this.supervisor.unref();
    for (const stream of [this.supervisor.stdout, this.supervisor.stderr]) stream?.destroy();
  }

  async close(): Promise<void> {
    this.supervisor.stdin?.end();
    await this.gone;
  }

  private lastWords(name: string): string {
    if (!existsSync(this.folder)) return `the cluster in ${this.folder} was taken away`;
    return readFileSync(join(this.folder, 'logs', `${name}.log`), 'utf8')
      .trim()
      .split('\n')
      .slice(-3)
      .join('\n');
  }
}
