import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { built } from '../build';
import type { Servers } from './servers';

/** An authority of timestamps: the file of its socket, and that of its certificates. */
export interface Timestamps {
  readonly socket: string;
  readonly chain: string;
}

/** Starts one, with a root of its own. Its metrics have one port that is no option: each has a network of its own. */
export async function timestamps(servers: Servers, name: string): Promise<Timestamps> {
  const socket = join(servers.folder, `${name}.sock`);
  const program = join(await built('timestamp-authority'), 'timestamp-server');
  servers.start(name, 'unshare', [
    ...['--net', program, 'serve', '--timestamp-signer=memory', '--disable-ntp-monitoring'],
    ...['--scheme=unix', `--socket-path=${socket}`],
  ]);
  const chain = join(servers.folder, `${name}.pem`);
  writeFileSync(chain, await servers.answer(name, socket, '/api/v1/timestamp/certchain'));
  return { socket, chain };
}
