import { type Envoy, extension, seconds, socket, typed } from './envoy';
import { LIMITS } from './limits';

const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
const CODEC = extension(
  'envoy.filters.http.upstream_codec',
  'envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec',
);

const PROTOCOLS = {
  http1: { explicit_http_config: { http_protocol_options: {} } },
  http2: {
    explicit_http_config: { http2_protocol_options: { max_concurrent_streams: LIMITS.streams } },
  },
  /** Whoever does not answer a ping in time has lost the connection, and with it all that it was asked. */
  watched: {
    explicit_http_config: {
      http2_protocol_options: {
        max_concurrent_streams: LIMITS.streams,
        connection_keepalive: { interval: seconds(LIMITS.aliveSeconds), timeout: seconds(LIMITS.aliveSeconds) },
      },
    },
  },
  /** Whatever the server offers. */
  negotiated: { auto_config: { http_protocol_options: {}, http2_protocol_options: {} } },
} as const;

export interface ClusterProps {
  readonly name: string;
  /** Host name; absent ⇒ loopback. */
  readonly host?: string;
  readonly port: number;
  readonly protocol: keyof typeof PROTOCOLS;
  readonly tls?: Envoy;
  /** Filters between the choice of an address and the connection. @default - none */
  readonly filters?: readonly Envoy[];
  /** Connections and requests at once, whoever asks (circuit_breaker.proto). @default 1,024, as Envoy has it */
  readonly room?: number;
  /** @default - none: the next request finds out */
  readonly healthChecks?: readonly Envoy[];
}

const endpoints = (name: string, address: Envoy): Envoy => ({
  load_assignment: {
    cluster_name: name,
    endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }],
  },
});

/**
 * Each address is a host of its own, so what a filter judged is what gets connected. No search domains: a
 * namespace named like a top-level domain could otherwise answer for a host on the internet.
 */
const lookup: Envoy = {
  cluster_type: extension('envoy.clusters.dns', 'envoy.extensions.clusters.dns.v3.DnsCluster', {
    dns_lookup_family: 'V4_PREFERRED',
    all_addresses_in_single_endpoint: false,
    dns_refresh_rate: '10s',
    respect_dns_ttl: true,
    dns_failure_refresh_rate: { base_interval: '2s', max_interval: '10s' },
    typed_dns_resolver_config: extension(
      'envoy.network.dns_resolver.cares',
      'envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig',
      { dns_resolver_options: { no_default_search_domain: true } },
    ),
  }),
};

/** Where requests go. */
export const cluster = (props: ClusterProps): Envoy => ({
  name: props.name,
  ...(props.host === undefined ? { type: 'STATIC' } : lookup),
  connect_timeout: seconds(LIMITS.connectSeconds),
  per_connection_buffer_limit_bytes: LIMITS.bodyBytes,
  ...endpoints(props.name, socket(props.host ?? '127.0.0.1', props.port)),
  ...(props.tls === undefined ? {} : { transport_socket: props.tls }),
  ...(props.healthChecks === undefined ? {} : { health_checks: props.healthChecks }),
  ...(props.room === undefined
    ? {}
    : {
        circuit_breakers: {
          thresholds: [{ max_connections: props.room, max_pending_requests: props.room, max_requests: props.room }],
        },
      }),
  upstream_connection_options: { tcp_keepalive: { keepalive_time: 60, keepalive_interval: 15, keepalive_probes: 4 } },
  typed_extension_protocol_options: {
    [HTTP_OPTIONS]: typed(HTTP_OPTIONS, {
      ...PROTOCOLS[props.protocol],
      common_http_protocol_options: {
        idle_timeout: seconds(LIMITS.idleSeconds),
        max_connection_duration: seconds(LIMITS.connectionSeconds),
        max_headers_count: LIMITS.headers,
      },
      ...(props.filters === undefined ? {} : { http_filters: [...props.filters, CODEC] }),
    }),
  },
});

/** A cluster behind a Unix socket. */
export const pipeCluster = (name: string, path: string): Envoy => ({
  name,
  type: 'STATIC',
  connect_timeout: seconds(LIMITS.connectSeconds),
  ...endpoints(name, { pipe: { path } }),
});

/** Connects, with a whole TLS handshake, and asks nothing. */
export const connectCheck: Envoy = {
  timeout: seconds(LIMITS.connectSeconds),
  interval: '10s',
  no_traffic_healthy_interval: '10s',
  // Often until it succeeds: a certificate may still be on its way.
  no_traffic_interval: '2s',
  unhealthy_interval: '2s',
  unhealthy_threshold: 3,
  healthy_threshold: 1,
  tcp_health_check: {},
};
