import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { bound } from '../../../dev/envoy';

/** A port nobody listens on right now. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });

/** A program of the bench; it dies with the test, whatever ends that. */
export class Program {
  private readonly child: ChildProcess;

  constructor(
    readonly name: string,
    path: string,
    args: readonly string[],
    private readonly log: string,
    cwd: string,
  ) {
    const out = openSync(log, 'w');
    const [program, all] = bound(path, args);
    this.child = spawn(program, all, { cwd, stdio: ['ignore', out, out] });
    closeSync(out);
    process.once('exit', () => this.child.kill('SIGKILL'));
  }

  /** What it last said, for an error message. */
  get lastWords(): string {
    return readFileSync(this.log, 'utf8').trim().split('\n').slice(-3).join('\n');
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async stop(): Promise<void> {
    if (!this.running) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    const hard = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
    await gone;
    clearTimeout(hard);
  }
}

/** Asks until the answer is yes; the deadline is generous, because the machine may be busy. */
export async function until(what: string, ask: () => boolean | Promise<boolean>, seconds = 90): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await ask())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
