import type { NamedAttack } from './attacks';
import { cluster, envoy, type Loose, listener, manager } from './edit';

const asked = (config: Loose, name: string): Loose => manager(config, name).http_filters[0].typed_config;
const routes = (config: Loose, name: string): Loose => manager(config, name).route_config.virtual_hosts[0].routes;
const tlsOf = (config: Loose, name: string): Loose =>
  listener(config, name).filter_chains[0].transport_socket.typed_config;
const copy = (value: Loose): Loose => structuredClone(value);

const weaknesses: readonly NamedAttack[] = [
  ...(['front', 'back'] as const).flatMap((name): NamedAttack[] => [
    {
      name: `${name}: forwards when nobody decides`,
      attack: envoy('gateway', (c) => (asked(c, name).failure_mode_allow = true)),
    },
    { name: `${name}: nobody is asked`, attack: envoy('gateway', (c) => manager(c, name).http_filters.shift()) },
    {
      name: `${name}: the decision only watches`,
      attack: envoy('gateway', (c) => (asked(c, name).observability_mode = true)),
    },
    {
      name: `${name}: bodies are not shown`,
      attack: envoy('gateway', (c) => (asked(c, name).processing_mode.request_body_mode = 'NONE')),
    },
    {
      name: `${name}: answers are not shown`,
      attack: envoy('gateway', (c) => (asked(c, name).processing_mode.response_body_mode = 'NONE')),
    },
    {
      name: `${name}: somebody else decides`,
      attack: envoy('gateway', (c) => (asked(c, name).grpc_service.envoy_grpc.cluster_name = 'self')),
    },
    {
      name: `${name}: a route passes the decision by`,
      attack: envoy('gateway', (c) =>
        Object.assign(routes(c, name)[0], {
          typed_per_filter_config: {
            ...routes(c, name)[0].typed_per_filter_config,
            'envoy.filters.http.ext_proc': {
              '@type': 'type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExtProcPerRoute',
              disabled: true,
            },
          },
        }),
      ),
    },
  ]),
];

/** A virtual host that tunnels to wherever somebody likes. */
const tunnel = (cluster: string): Loose => ({
  name: 'tunnels',
  domains: ['evil.example.com'],
  routes: [
    {
      match: {
        connect_matcher: {},
        headers: [{ name: ':authority', string_match: { exact: 'evil.example.com:443' } }],
      },
      route: { cluster, upgrade_configs: [{ upgrade_type: 'CONNECT', connect_config: {} }] },
    },
  ],
});

/** What the gateway and the sidecars are told. */
export const dataPlaneAttacks: readonly NamedAttack[] = [
  ...weaknesses,
  ...(['front', 'back'] as const).map(
    (name): NamedAttack => ({
      name: `${name}: a tunnel to a host that nobody declared`,
      attack: envoy('gateway', (c) => manager(c, name).route_config.virtual_hosts.push(tunnel('tool-crm'))),
    }),
  ),
  {
    name: 'a route of requests becomes one of tunnels',
    attack: envoy('gateway', (c) =>
      Object.assign(routes(c, 'back')[0].route, { upgrade_configs: [{ upgrade_type: 'CONNECT', connect_config: {} }] }),
    ),
  },
  {
    name: 'the back asks for no certificate',
    attack: envoy('gateway', (c) => (tlsOf(c, 'back').require_client_certificate = false)),
  },
  {
    name: 'the sidecar asks for no certificate',
    attack: envoy('sidecar', (c) => (tlsOf(c, 'inbound').require_client_certificate = false)),
  },
  {
    name: 'the sidecar takes requests from anybody certified',
    attack: envoy(
      'sidecar',
      (c) => delete tlsOf(c, 'inbound').common_tls_context.combined_validation_context.default_validation_context,
    ),
  },
  {
    name: 'the sidecar speaks plain',
    attack: envoy('sidecar', (c) => delete listener(c, 'inbound').filter_chains[0].transport_socket),
  },
  {
    name: "the sidecar's port can be taken",
    attack: envoy('sidecar', (c) => (listener(c, 'inbound').enable_reuse_port = true)),
  },
  {
    name: "the sidecar's port can be taken by default",
    attack: envoy('sidecar', (c) => delete listener(c, 'outbound').enable_reuse_port),
  },
  {
    name: "the sidecar's way out is open to the network",
    attack: envoy('sidecar', (c) => (listener(c, 'outbound').address.socket_address.address = '0.0.0.0')),
  },
  {
    name: "the sidecar's admin on every address",
    attack: envoy('sidecar', (c) => (c.admin.address = { socket_address: { address: '0.0.0.0', port_value: 9901 } })),
  },
  {
    name: "the gateway's admin on every address",
    attack: envoy('gateway', (c) => (c.admin.address = { socket_address: { address: '0.0.0.0', port_value: 9901 } })),
  },
  { name: "the gateway's admin answers everything", attack: envoy('gateway', (c) => delete c.admin.allow_paths) },
  {
    name: 'the sidecar knows another way out',
    attack: envoy('sidecar', (c) =>
      c.static_resources.clusters.push({
        ...copy(cluster(c, 'agent')),
        name: 'other',
        load_assignment: {
          cluster_name: 'other',
          endpoints: [
            {
              lb_endpoints: [
                { endpoint: { address: { socket_address: { address: 'example.net', port_value: 443 } } } },
              ],
            },
          ],
        },
      }),
    ),
  },
  {
    name: 'a cluster that nobody declared',
    attack: envoy('gateway', (c) =>
      c.static_resources.clusters.push({
        ...copy(cluster(c, 'tool-crm')),
        name: 'extra',
        load_assignment: {
          cluster_name: 'extra',
          endpoints: [
            {
              lb_endpoints: [
                { endpoint: { address: { socket_address: { address: 'example.net', port_value: 443 } } } },
              ],
            },
          ],
        },
      }),
    ),
  },
  {
    name: 'an upstream under another address',
    attack: envoy(
      'gateway',
      (c) =>
        (cluster(c, 'tool-crm').load_assignment.endpoints[0].lb_endpoints[0].endpoint.address.socket_address.address =
          'crm.example.net'),
    ),
  },
  {
    name: 'a cluster that goes where it is told',
    attack: envoy('gateway', (c) =>
      c.static_resources.clusters.push({ name: 'any', type: 'ORIGINAL_DST', lb_policy: 'CLUSTER_PROVIDED' }),
    ),
  },
  {
    name: 'an upstream in plain text',
    attack: envoy('gateway', (c) => delete cluster(c, 'tool-tickets').transport_socket),
  },
  {
    name: 'an upstream nobody verifies',
    attack: envoy(
      'gateway',
      (c) => delete cluster(c, 'model-claude').transport_socket.typed_config.common_tls_context.validation_context,
    ),
  },
  {
    name: 'an upstream under any name',
    attack: envoy(
      'gateway',
      (c) =>
        delete cluster(c, 'model-claude').transport_socket.typed_config.common_tls_context.validation_context
          .match_typed_subject_alt_names,
    ),
  },
  {
    name: 'a public name that may lead inside',
    attack: envoy('gateway', (c) =>
      Object.values<Loose>(cluster(c, 'model-claude').typed_extension_protocol_options)[0].http_filters.shift(),
    ),
  },
  {
    name: 'a route that nobody declared',
    attack: envoy('gateway', (c) =>
      routes(c, 'back').push({ name: 'tools/other', match: { prefix: '/' }, route: { cluster: 'tool-crm' } }),
    ),
    unseen: 'it asks who may take a route by its name',
  },
  {
    name: 'people reach a tool',
    attack: envoy('gateway', (c) =>
      routes(c, 'front').push({ name: 'tools/crm', match: { prefix: '/crm/' }, route: { cluster: 'tool-crm' } }),
    ),
  },
  {
    name: 'an agent reaches another agent',
    attack: envoy('gateway', (c) => routes(c, 'back').push({ ...copy(routes(c, 'front')[0]) })),
  },
  {
    name: 'any certified caller takes a route',
    attack: envoy(
      'gateway',
      (c) =>
        (routes(c, 'back')[0].typed_per_filter_config[
          'envoy.filters.http.rbac'
        ].rbac.rules.policies.declared.principals = [{ any: true }]),
    ),
  },
  {
    name: 'the list of callers is off',
    attack: envoy(
      'gateway',
      (c) =>
        (routes(c, 'back')[0].typed_per_filter_config['envoy.filters.http.rbac'] = {
          '@type': 'type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBACPerRoute',
        }),
    ),
  },
  {
    name: 'what is called is not what was decided',
    attack: envoy('gateway', (c) => {
      routes(c, 'back').find((r: Loose) => r.route?.prefix_rewrite === '/mcp').route.prefix_rewrite = '/admin';
    }),
  },
  {
    name: 'the upstream is asked as somebody else',
    attack: envoy('gateway', (c) => {
      routes(c, 'back')[0].route.host_rewrite_literal = 'admin.example.com';
    }),
  },
  {
    name: 'agents send credentials of their own',
    attack: envoy('gateway', (c) => {
      manager(c, 'back').route_config.virtual_hosts[0].request_headers_to_remove = [];
    }),
  },
  {
    name: 'the front under any name',
    attack: envoy('gateway', (c) => (manager(c, 'front').route_config.virtual_hosts[0].domains = ['*'])),
  },
  {
    name: 'a claimed certificate is believed',
    attack: envoy('gateway', (c) => (manager(c, 'back').forward_client_cert_details = 'ALWAYS_FORWARD_ONLY')),
  },
  {
    name: 'a listener that forwards bytes',
    attack: envoy('gateway', (c) =>
      c.static_resources.listeners.push({
        name: 'tunnel',
        address: { socket_address: { address: '0.0.0.0', port_value: 7000 } },
        filter_chains: [
          {
            filters: [
              {
                name: 'envoy.filters.network.tcp_proxy',
                typed_config: {
                  '@type': 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
                  cluster: 'tool-crm',
                  stat_prefix: 'x',
                },
              },
            ],
          },
        ],
      }),
    ),
  },
  {
    name: 'configuration from elsewhere',
    attack: envoy(
      'gateway',
      (c) => (c.dynamic_resources = { cds_config: { path_config_source: { path: '/tmp/cds.json' } } }),
    ),
  },
];
