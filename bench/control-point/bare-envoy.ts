import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EnvoyProcess } from '../../dev/envoy';
import { get } from '../../dev/loopback';

const address = (port: number) => ({ socket_address: { address: '127.0.0.1', port_value: port } });
const extension = (name: string, type: string, config: object = {}) => ({
  name,
  typed_config: { '@type': `type.googleapis.com/${type}`, ...config },
});

const HTTP = 'envoy.extensions.filters';
/** Envoy as small as it gets: plain HTTP in, plain HTTP out, nothing looked at and nothing written down. */
const bootstrap = (port: number, upstream: number): object => ({
  static_resources: {
    listeners: [
      {
        address: address(port),
        filter_chains: [
          {
            filters: [
              extension(
                'envoy.filters.network.http_connection_manager',
                `${HTTP}.network.http_connection_manager.v3.HttpConnectionManager`,
                {
                  stat_prefix: 'bare',
                  route_config: {
                    virtual_hosts: [
                      {
                        name: 'all',
                        domains: ['*'],
                        routes: [{ match: { prefix: '/' }, route: { cluster: 'upstream', timeout: '0s' } }],
                      },
                    ],
                  },
                  http_filters: [extension('envoy.filters.http.router', `${HTTP}.http.router.v3.Router`)],
                },
              ),
            ],
          },
        ],
      },
    ],
    clusters: [
      {
        name: 'upstream',
        connect_timeout: '5s',
        load_assignment: {
          cluster_name: 'upstream',
          endpoints: [{ lb_endpoints: [{ endpoint: { address: address(upstream) } }] }],
        },
      },
    ],
  },
});

/** The baseline of the ladder. */
export async function startBareEnvoy(
  program: string,
  root: string,
  port: number,
  upstream: number,
): Promise<EnvoyProcess> {
  mkdirSync(root, { recursive: true });
  const file = join(root, 'bare.json');
  writeFileSync(file, JSON.stringify(bootstrap(port, upstream)));
  const envoy = new EnvoyProcess(program, file);
  await envoy.until('the bare Envoy is ready', async () => (await get(port, '/counts')) === 200, 30);
  return envoy;
}
