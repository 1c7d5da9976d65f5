import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';

/** Why a service cannot do its work now; undefined where it can. */
export type Unready = () => string | undefined;

/**
 * What the kubelet asks: `/live` while the process answers at all, `/ready` while it can do its work, else 503 with
 * the reason. A service that cannot work stays up and says why: restarting it mends nothing.
 */
export const healthServer = (port: number, unready: Unready): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer((request, response) => {
      const reason = request.url === '/ready' ? unready() : undefined;
      const known = request.url === '/live' || request.url === '/ready';
      response.statusCode = known ? (reason === undefined ? 200 : 503) : 404;
      response.setHeader('content-type', 'text/plain; charset=utf-8');
      response.end(`${known ? (reason ?? 'ok') : 'not found'}\n`);
    });
    server.once('error', reject);
    server.listen(port, () => resolve(server));
  });

/** Where the manifests let the kubelet ask. */
const HEALTH_PORT = 8081;

/** The health port that a configuration names, also where the rest of it is no configuration. */
export const healthPortOf = (file: string): number => {
  try {
    const { listen } = JSON.parse(readFileSync(file, 'utf8')) as { listen?: { health?: unknown } };
    return Number.isInteger(listen?.health) ? (listen?.health as number) : HEALTH_PORT;
  } catch {
    return HEALTH_PORT;
  }
};
