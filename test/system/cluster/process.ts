import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { bound } from '../../../dev/envoy';

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
