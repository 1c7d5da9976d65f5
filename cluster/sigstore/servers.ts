import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../cluster';
import { until } from '../until';

/** Programs that run on the node of a cluster of our own until they are stopped together. */
export class Servers {
  private readonly names: string[] = [];

  /** @param folder what they keep: process ids here, and what they are given */
  constructor(
    private readonly cluster: Cluster,
    readonly folder: string,
  ) {}

  /** Starts one; what it says goes to `logs/<name>.log` of the cluster. */
  start(name: string, program: string, args: readonly string[], environment: Record<string, string> = {}): void {
    this.names.push(name);
    const note = 'echo $$ > "$0"; exec "$@"';
    // gRPC asks the name server about itself, which answers no TXT here, and waits 20 seconds for it.
    const quick = { GRPC_ENABLE_TXT_SERVICE_CONFIG: 'false', ...environment };
    this.cluster.background(name, 'sh', ['-c', note, this.file(name), program, ...args], quick);
  }

  /** What a local server answers, once it does. @param at its port on loopback, or the file of its socket */
  async answer(name: string, at: number | string, path: string): Promise<string> {
    const where =
      typeof at === 'number' ? [`http://127.0.0.1:${at}${path}`] : ['--unix-socket', at, `http://localhost${path}`];
    let out = '';
    await until(
      () => `${name} answers: ${out.trim()}`,
      () => {
        const said = this.cluster.within('curl', ['--silent', '--show-error', '--fail', ...where]);
        out = said.out;
        if (!said.ok && existsSync(this.file(name)) && !this.signal(name, '0'))
          throw new Error(`${name} ended: ${this.lastWords(name)}`);
        return said.ok;
      },
    );
    return out;
  }

  /** Ends one, and waits until it is gone; `start` brings it back. */
  async end(name: string): Promise<void> {
    this.signal(name, 'TERM');
    await until(`${name} is gone`, () => !this.signal(name, '0'));
  }

  stop(): void {
    for (const name of new Set(this.names)) this.signal(name, 'TERM');
  }

  private file(name: string): string {
    return join(this.folder, `${name}.pid`);
  }

  private signal(name: string, signal: string): boolean {
    return this.cluster.within('kill', [`-${signal}`, readFileSync(this.file(name), 'utf8').trim()]).ok;
  }

  private lastWords(name: string): string {
    const log = readFileSync(join(this.cluster.folder ?? '', 'logs', `${name}.log`), 'utf8');
    return log.trim().split('\n').slice(-12).join('\n');
  }
}
