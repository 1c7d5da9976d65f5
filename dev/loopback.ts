import { randomInt } from 'node:crypto';
import { request } from 'node:http';
import { createServer } from 'node:net';

/**
 * Where ports are looked for: below those that systems give to outgoing connections (Linux from 32,768, others from
 * 49,152), which take any of theirs at any time, also between a look at a port and the start of who is to listen there.
 */
const RANGE = { first: 10_000, count: 20_000 } as const;
/** Each process begins somewhere else, and comes by no port twice. */
let place = randomInt(RANGE.count);

const isFree = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });

async function freePort(): Promise<number> {
  for (let tried = 0; tried < RANGE.count; tried++) {
    const port = RANGE.first + (place++ % RANGE.count);
    if (await isFree(port)) return port;
  }
  throw new Error(`no TCP port of 127.0.0.1 is free from ${RANGE.first} to ${RANGE.first + RANGE.count - 1}`);
}

/** TCP ports of loopback that nobody listens on now. @throws Error when there are none */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}

/** Status of a plain request on loopback, 0 where nobody answers. */
export const get = (
  port: number,
  path: string,
  props: { readonly method?: string; readonly headers?: Readonly<Record<string, string>>; readonly body?: string } = {},
): Promise<number> =>
  new Promise((done) => {
    const { body, ...options } = props;
    const sent = request({ port, path, host: '127.0.0.1', timeout: 5000, ...options }, (response) => {
      response.resume();
      done(response.statusCode ?? 0);
    });
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => done(0));
    sent.end(body);
  });

/** Resolves once something holds. @throws Error when it does not in time @param seconds @default 15 */
export async function until(what: string, holds: () => Promise<boolean> | boolean, seconds = 15): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`timed out: ${what}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

const TAKEN = /address already in use|EADDRINUSE/i;

/**
 * Starts what takes free ports: a port that is free is not ours until somebody listens, and now and then it is somebody
 * else's by then. Whatever fails otherwise fails at once.
 */
export async function again<T>(start: () => Promise<T>, attempts = 3): Promise<T> {
  for (let attempt = 1; ; attempt++)
    try {
      return await start();
    } catch (error) {
      if (attempt === attempts || !TAKEN.test(String(error))) throw error;
    }
}
