import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';

/** TCP ports of loopback that nobody listens on now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
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
