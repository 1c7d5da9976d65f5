import { type ChildProcess, spawn } from 'node:child_process';
import { PORT } from '../lib/names';
import { bound } from './envoy';

const GRACE_MILLISECONDS = 5_000;

/** The environment of an agent's container, with the sidecar where it is on this machine. */
export const movedEnv = (env: Readonly<Record<string, string>>, outbound: number): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).map(([name, value]) => [
      name,
      // Base URLs go on with a path, and the proxy of tunnels ends here.
      value.replace(new RegExp(`^http://127\\.0\\.0\\.1:${PORT.outbound}(?=/|$)`), `http://127.0.0.1:${outbound}`),
    ]),
  );

/** Somebody's own agent, as a command of the shell. What it prints goes to standard error. */
export class OwnAgent {
  /** Its exit code; that of a process ended by a signal is 128. */
  readonly ended: Promise<number>;
  private readonly child: ChildProcess;

  constructor(command: string, env: Readonly<Record<string, string>>) {
    const [program, args] = bound('/bin/sh', ['-c', command]);
    this.child = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', process.stderr, process.stderr],
      // A group of its own, so that what it started ends with it.
      detached: true,
    });
    const kill = (): void => this.signal('SIGKILL');
    process.once('exit', kill);
    this.child.once('exit', () => process.off('exit', kill));
    this.ended = new Promise((resolve) => {
      this.child.once('error', () => resolve(127));
      this.child.once('exit', (code) => resolve(code ?? 128));
    });
  }

  /** Asks its processes to end, and makes them. */
  async stop(): Promise<void> {
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), GRACE_MILLISECONDS);
    await this.ended;
    clearTimeout(timer);
    this.signal('SIGKILL');
  }

  private signal(signal: NodeJS.Signals): void {
    try {
      if (this.child.pid !== undefined) process.kill(-this.child.pid, signal);
    } catch {
      // Nobody of the group is left.
    }
  }
}
