import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { builtFrom } from '../../cluster/own-program';
import { onPath } from '../../dev/envoy';
import { Child, CORE } from './processes';
import type { LoadRequest } from './requests';
import type { Result } from './result';

/** A measurement; see `bench/load/attack.go`. */
export interface Plan {
  readonly url: string;
  readonly tls?: {
    readonly ca: string;
    readonly certificate: string;
    readonly key: string;
    readonly serverName: string;
  };
  /** Requests a second at fixed times; 0: each connection as fast as it is answered. */
  readonly rate: number;
  readonly seconds: number;
  /** @default - no end but the time */
  readonly count?: number;
  readonly connections: number;
  readonly requests: readonly LoadRequest[];
}

const program = (): string => builtFrom(join(__dirname, '../load'), 'bench-load');

/** The instrument goes before what it measures, where the system lets us: at a fixed rate it needs little, and at once. */
const first = (rate: number): readonly string[] =>
  rate > 0 && process.getuid?.() === 0 && onPath('chrt') !== undefined ? ['chrt', '--rr', '1'] : [];

/** Runs the generator once. @param cores where it runs @throws Error when it failed */
export async function measured(plan: Plan, cores = String(CORE.load)): Promise<Result> {
  const child = spawn('taskset', ['-c', cores, ...first(plan.rate), program(), 'attack'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (text) => {
    out += String(text);
  });
  child.stdin.end(JSON.stringify(plan));
  const code = await new Promise((done, failed) => child.once('error', failed).once('close', done));
  if (code !== 0) throw new Error('the load generator failed');
  return JSON.parse(out) as Result;
}

/** The upstream that every rung asks in the end. */
export const startUpstream = (plain: number, encrypted: number, certificate: string, key: string): Child =>
  new Child(program(), ['serve', `127.0.0.1:${plain}`, `127.0.0.1:${encrypted}`, certificate, key], {
    core: CORE.load,
  });
