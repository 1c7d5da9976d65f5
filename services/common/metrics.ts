import { createServer, type Server } from 'node:http';
import type { Registry } from 'prom-client';

/** `/metrics` in Prometheus' text format, for whoever may reach the port. */
export const metricsServer = (port: number, registry: Registry): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer(async (request, response) => {
      if (request.url !== '/metrics') {
        response.statusCode = 404;
        response.end();
        return;
      }
      response.setHeader('content-type', registry.contentType);
      response.end(await registry.metrics());
    });
    server.once('error', reject);
    server.listen(port, () => resolve(server));
  });
