import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { bound } from '../../../dev/envoy';
import { freePorts, get, until } from '../envoy/run';
import type { ControlPoint, Start } from './control-point';

const ROOT = join(__dirname, '../../..');

/** A governor in a process of its own, which a test may kill. */
export class Replica {
  private readonly exited: Promise<unknown>;

  private constructor(
    private readonly process: ChildProcess,
    /** Where it is asked for decisions, and where for its health. */
    readonly port: number,
    readonly health: number,
    private readonly log: readonly string[],
  ) {
    this.exited = new Promise((done) => process.once('exit', done));
  }

  /** Starts one of this control point on a state. @param props its port @default - a free one */
  static async start(
    point: ControlPoint,
    state: string,
    { config, port }: Pick<Start, 'config'> & { readonly port?: number } = {},
  ): Promise<Replica> {
    const configuration = await point.configuration(config);
    const [free = 0] = await freePorts(1);
    const at = port ?? free;
    const files = ['configuration', 'jwk'].map((name) => join(point.world.root, `${name}-${at}.json`));
    writeFileSync(files[0] as string, JSON.stringify(configuration));
    writeFileSync(files[1] as string, JSON.stringify(point.jwk));
    const program = ['--import', 'tsx', join(__dirname, 'victim.ts'), ...files, state, String(at)];
    const [command, args] = bound(process.execPath, program);
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], cwd: ROOT });
    const log: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => void log.push(String(text)));
    return new Replica(child, at, configuration.config.listen.health, log);
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  async ready(): Promise<this> {
    await until('the governor is ready', async () => (await get(this.health, '/ready')) === 200, 120).catch((error) => {
      void this.kill();
      throw new Error(`${error.message}\n${this.log.join('')}`);
    });
    return this;
  }

  /** Moves its clock, by milliseconds. */
  turnClock(by: number): void {
    this.process.stdin?.write(`${by}\n`);
  }

  /** The signal has left when this returns. @returns when it is gone */
  kill(): Promise<unknown> {
    this.process.kill('SIGKILL');
    return this.exited;
  }
}

/** One address, and a switch for who is behind it. Open connections are cut when it turns. */
export class Relay {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  constructor(private target: number) {
    this.server = createServer((socket) => {
      const other = this.keep(connect(this.target, '127.0.0.1'));
      this.keep(socket).pipe(other).pipe(socket);
      socket.on('close', () => other.destroy());
      other.on('close', () => socket.destroy());
    });
  }

  async listen(): Promise<number> {
    const [port = 0] = await freePorts(1);
    await new Promise<void>((done) => this.server.listen(port, '127.0.0.1', done));
    return port;
  }
  turn(target: number): void {
    this.target = target;
    for (const socket of this.sockets) socket.destroy();
  }
  close(): void {
    this.turn(0);
    this.server.close();
  }

  private keep(socket: Socket): Socket {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
    return socket;
  }
}
