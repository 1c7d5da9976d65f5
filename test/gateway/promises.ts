import {
  acceptedNames,
  clusterNamed,
  clusters,
  hosts,
  type Json,
  listeners,
  managers,
  objects,
  upstreamFilters,
} from './read';

/** What must hold in every bootstrap: each promise lists the places that break it. */
type Promised = (bootstrap: Json) => string[];

const SERVICE = new Set(['health', 'metrics']);
const asking = (bootstrap: Json): Json[] => listeners(bootstrap).filter(({ name }) => !SERVICE.has(name));
const broken = (items: readonly Json[], test: (item: Json) => boolean): string[] =>
  items.filter((item) => !test(item)).map(({ name }) => String(name));
const seconds = (value: string | undefined): number => Number(/^(\d+(\.\d+)?)s$/.exec(value ?? '')?.[1] ?? Number.NaN);

/** Clusters on loopback that are not TLS on purpose: the agent, and Envoy's own admin socket. */
const PLAIN = new Set(['agent', 'admin']);

/** Routes that make tunnels, with the names that their virtual host answers for. */
const tunnels = (bootstrap: Json): Json[] =>
  asking(bootstrap)
    .filter(({ name }) => name === 'back' || name === 'outbound')
    .flatMap((l) => hosts(l).filter(({ name }) => name === 'tunnels'))
    .flatMap(({ domains, routes }) => routes.map((route: Json) => ({ ...route, domains })));
/** Clusters where only tunnels lead: their two ends speak TLS. */
const tunnelled = (bootstrap: Json): Set<string> =>
  new Set(
    tunnels(bootstrap)
      .map(({ route }) => route.cluster)
      .filter((name) => name.startsWith('tool-')),
  );

export const promises: Readonly<Record<string, Promised>> = {
  'no listener can be shared with another process': (b) => broken(listeners(b), (l) => l.enable_reuse_port === false),
  'the admin interface is a socket of the container, with one path': (b) =>
    b.admin.address.pipe !== undefined && b.admin.allow_paths?.length === 1 ? [] : ['admin'],
  'no name stands for any name': (b) =>
    asking(b).flatMap((l) => broken(hosts(l), (h) => h.domains.every((d: string) => !d.includes('*')))),
  'no upgrade, and no tunnel but to one name and port': (b) => {
    const known = tunnels(b);
    const found = [...objects(b)].filter(
      (o) => 'upgrade_configs' in o || 'connect_matcher' in o || 'connect_config' in o,
    );
    // What it matches, what it does, and at the gateway that it ends there.
    const places = known.reduce((sum, { route }) => sum + (route.upgrade_configs[0].connect_config ? 3 : 2), 0);
    return [
      ...broken(known, ({ match, route, domains }) => {
        const [header] = match.headers;
        const [, host] = /^(.*):\d+$/.exec(header.string_match.exact) ?? [];
        const [{ upgrade_type }] = route.upgrade_configs;
        const one = match.headers.length === 1 && route.upgrade_configs.length === 1;
        return one && header.name === ':authority' && domains.includes(host) && upgrade_type === 'CONNECT';
      }),
      ...(found.length === places ? [] : ['upgrade']),
    ];
  },
  'nothing is sent twice': (b) =>
    [...objects(b)].filter((o) => 'retry_policy' in o || 'hedge_policy' in o).map(() => 'retry'),
  'every connection out is TLS to one exact name': (b) =>
    broken(
      clusters(b).filter(({ name }) => !PLAIN.has(name) && !tunnelled(b).has(name)),
      (c) => c.transport_socket !== undefined && acceptedNames(c.transport_socket).length === 1,
    ),
  'a request has limits of size and time': (b) =>
    asking(b).flatMap((l) =>
      l.per_connection_buffer_limit_bytes > 0
        ? broken(
            managers(l).map((m) => ({ ...m, name: l.name })),
            (m) =>
              m.max_request_headers_kb > 0 &&
              [m.request_timeout, m.request_headers_timeout, m.stream_idle_timeout].every((t) => seconds(t) > 0),
          )
        : [l.name],
    ),
  'paths and headers have one reading': (b) =>
    asking(b).flatMap((l) =>
      broken(
        managers(l).map((m) => ({ ...m, name: l.name })),
        (m) =>
          m.normalize_path === true &&
          m.merge_slashes === true &&
          m.path_with_escaped_slashes_action === 'REJECT_REQUEST' &&
          m.common_http_protocol_options.headers_with_underscores_action === 'REJECT_REQUEST' &&
          m.use_remote_address === true,
      ),
    ),
  'a governor that ends a call has not said yes': (b) =>
    broken(
      clusters(b).filter(({ name }) => name === 'governor'),
      (c) => {
        const [filter] = upstreamFilters(c);
        const { response_mutations, response_trailers_mutations } = filter?.typed_config?.mutations ?? {};
        return [response_mutations, response_trailers_mutations].every(
          (mutations) =>
            mutations?.[0]?.append?.header?.key === 'grpc-status' && mutations[0].append.header.value === '14',
        );
      },
    ),
  'a credential replaces what the caller sent, or the request fails': (b) =>
    clusters(b).flatMap((c) =>
      broken(
        upstreamFilters(c).filter(({ name }) => name === 'envoy.filters.http.credential_injector'),
        ({ typed_config: t }) => t.overwrite === true && t.allow_request_without_credential !== true,
      ),
    ),
  'secrets are files, never values': (b) =>
    [...objects(b)]
      .filter((o) => 'inline_string' in o || 'inline_bytes' in o || 'private_key' in o)
      // The one script, which holds no secret.
      .filter((o) => !String(o.inline_string).includes('function envoy_on_request'))
      .map(() => 'inline'),
};

const firstFilter = (m: Json): Json => m.http_filters[0];

/** What must hold in the gateway besides. */
export const gatewayPromises: Readonly<Record<string, Promised>> = {
  'the governor comes first, at every door': (b) =>
    broken(asking(b), (l) => managers(l).every((m) => firstFilter(m)?.name === 'envoy.filters.http.ext_proc')),
  'without the governor there is no answer': (b) =>
    broken(asking(b), (l) =>
      managers(l).every(({ http_filters }) => {
        const { typed_config: t } = http_filters[0];
        return (
          t.failure_mode_allow !== true &&
          t.observability_mode !== true &&
          seconds(t.message_timeout) > 0 &&
          seconds(t.max_message_timeout) <= 3600
        );
      }),
    ),
  'a governor that says nothing for ten seconds has no connection': (b) => {
    const [options] = Object.values(clusterNamed(b, 'governor').typed_extension_protocol_options) as Json[];
    const { connection_keepalive: alive } = options.explicit_http_config.http2_protocol_options;
    return seconds(alive?.interval) + seconds(alive?.timeout) <= 10 ? [] : ['governor'];
  },
  'the governor sees everything, says what passes of an answer, and chooses nothing else': (b) =>
    broken(asking(b), (l) =>
      managers(l).every(({ http_filters }) => {
        const { processing_mode: mode, allow_mode_override: chooses } = http_filters[0].typed_config;
        const sent = ['header', 'trailer'].flatMap((part) => [`request_${part}_mode`, `response_${part}_mode`]);
        return (
          sent.every((field) => mode[field] === 'SEND') &&
          mode.request_body_mode === 'STREAMED' &&
          mode.response_body_mode === 'FULL_DUPLEX_STREAMED' &&
          chooses !== true
        );
      }),
    ),
  'a request moves when all of it may, but for tunnels': (b) => [
    ...broken(asking(b), (l) =>
      managers(l).every(({ http_filters }) => http_filters[1]?.name === 'envoy.filters.http.buffer'),
    ),
    ...(tunnels(b).length === [...objects(b)].filter((o) => 'envoy.filters.http.buffer' in o).length
      ? []
      : ['per route']),
  ],
  'no route is judged and another one taken': (b) =>
    broken(asking(b), (l) => managers(l).every((m) => firstFilter(m).typed_config.route_cache_action === 'RETAIN')),
  'no route switches the governor off, or shows it less': (b) =>
    [...objects(b)].filter((o) => 'envoy.filters.http.ext_proc' in o || 'ext_proc' in o).map(() => 'per route'),
  'finished streams to the governor are closed, not reset': (b) =>
    b.layered_runtime.layers.some(
      (l: Json) => l.static_layer?.envoy?.reloadable_features?.ext_proc_graceful_grpc_close === true,
    )
      ? []
      : ['runtime'],
  'the back takes certificates of declared agents only': (b) =>
    broken(
      asking(b).filter(({ name }) => name === 'back'),
      (l) =>
        l.filter_chains.every(
          ({ transport_socket: t }: Json) =>
            t?.typed_config.require_client_certificate === true && acceptedNames(t).length > 0,
        ) && managers(l).every((m) => m.forward_client_cert_details === 'SANITIZE_SET'),
    ),
  'agents never have every connection of the gateway, and nobody has one for long without saying who they are': (b) => {
    const most = b.layered_runtime.layers[0].static_layer.envoy.resource_limits?.listener?.back?.connection_limit;
    const all = b.overload_manager.resource_monitors.find(({ name }: Json) => /max_connections/.test(name));
    return [
      ...(most < all.typed_config.max_active_downstream_connections ? [] : ['back']),
      ...broken(asking(b), (l) =>
        l.filter_chains.every((chain: Json) => Number.parseFloat(chain.transport_socket_connect_timeout) <= 3),
      ),
    ];
  },
  'what all agents share has room for more than one of them may have under way': (b) =>
    broken(
      clusters(b).filter(({ name }) => /^(governor|model-|tool-)/.test(name) && !tunnelled(b).has(name)),
      ({ circuit_breakers: breakers }) =>
        ['max_connections', 'max_pending_requests', 'max_requests'].every(
          // Two governors, two directions, 256 calls in each.
          (limit) => breakers?.thresholds.length === 1 && breakers.thresholds[0][limit] >= 1_024,
        ),
    ),
  'an upstream is asked at its own addresses only': (b) =>
    broken(
      clusters(b).filter(({ name }) => /^(model|tool)-/.test(name)),
      (c) =>
        upstreamFilters(c)[0]?.name === 'envoy.filters.http.upstream_rbac' &&
        upstreamFilters(c)[0].typed_config.rules.action === 'ALLOW',
    ),
  'what an agent brought is removed': (b) =>
    asking(b).flatMap((l) =>
      broken(hosts(l), (h) =>
        [
          'authorization',
          'proxy-authorization',
          'cookie',
          'x-api-key',
          'x-forwarded-client-cert',
          'x-firepit-token',
        ].every((header) => h.request_headers_to_remove?.includes(header)),
      ),
    ),
};
