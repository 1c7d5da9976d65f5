import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { bound, onPath } from '../../dev/envoy';

/**
 * Who runs where. What decides has a processor of its own; everything else shares the other one, the load generator
 * too, which is why its own delays are watched.
 */
export const CORE = { load: 0, subject: 1 } as const;
/** The two of them, where nobody has one to itself. */
export const BOTH = `${CORE.load},${CORE.subject}`;

const TICKS = 100;
const LAST = 2_000;

/** Moves a process, and what it starts from now on, to a processor. */
export function pin(pid: number, cores: string): void {
  execFileSync('taskset', ['-a', '-c', '-p', cores, String(pid)], { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** The process that started it; undefined where it is gone. */
function parentOf(pid: number): number | undefined {
  try {
    return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}

/** From now on everything that was started here runs on both processors. */
export function shareProcessors(): void {
  const parents = new Map(
    readdirSync('/proc').flatMap((name) => {
      const pid = Number(name);
      const parent = Number.isInteger(pid) ? parentOf(pid) : undefined;
      return parent === undefined ? [] : [[pid, parent] as const];
    }),
  );
  const isOurs = (pid = 0): boolean => pid === process.pid || (pid > 1 && isOurs(parents.get(pid)));
  // One that ended meanwhile needs no processor.
  for (const pid of parents.keys()) if (isOurs(pid) && parentOf(pid) !== undefined) pin(pid, BOTH);
}

/** @throws Error where processes cannot be pinned, so that nothing could be compared */
export function assertPinnable(): void {
  if (process.platform !== 'linux' || onPath('taskset') === undefined)
    throw new Error('processes cannot be pinned here: found no taskset; expected: Linux with util-linux');
  if (cpus().length < 2)
    throw new Error(`found ${cpus().length} processor; expected: two, one of them for what decides`);
}

/** Seconds of processor time that a process has used, and megabytes that it has, and had at most, in memory. */
export function usage(pid: number): { readonly cpu: number; readonly memory: number; readonly peak: number } {
  // The name of the program is in brackets and may contain spaces: fields are counted behind it (proc(5)).
  const [, rest = ''] = /\)\s+(.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
  const fields = rest.split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (field: string): number => {
    const [, kilobytes] = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status) ?? [];
    return Number(kilobytes) / 1024;
  };
  return {
    cpu: (Number(fields[11]) + Number(fields[12])) / TICKS,
    memory: megabytes('VmRSS'),
    peak: megabytes('VmHWM'),
  };
}

export interface ChildProps {
  readonly core: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** A program on one processor, which ends with this process. */
export class Child {
  readonly pid: number;
  private readonly process: ChildProcess;
  private said = '';

  constructor(program: string, args: readonly string[], { core, env = process.env, cwd }: ChildProps) {
    const [command, rest] = bound(program, args);
    this.process = spawn('taskset', ['-c', String(core), command, ...rest], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
    });
    this.pid = this.process.pid ?? 0;
    for (const stream of [this.process.stdout, this.process.stderr])
      stream?.on('data', (text) => {
        this.said = (this.said + String(text)).slice(-LAST);
      });
  }

  /** The last that it said. */
  get log(): string {
    return this.said;
  }
  get running(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** @param signal SIGTERM lets it finish @default SIGKILL */
  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (!this.running) return;
    const ended = new Promise((done) => this.process.once('exit', done));
    this.process.kill(signal);
    await ended;
  }
}
