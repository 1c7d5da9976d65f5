import { accessLog } from './access-log';
import { type Envoy, extension, seconds, socket } from './envoy';
import { idleStreamSeconds, LIMITS } from './limits';

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const ROUTER = extension('envoy.filters.http.router', 'envoy.extensions.filters.http.router.v3.Router', {
  suppress_envoy_headers: true,
  // Of the x-envoy-* headers that change what the router does, none is anybody's to send.
  respect_expected_rq_timeout: false,
});

/** Where Envoy itself could not reach somebody, the caller learns that and nothing about certificates or addresses. */
const QUIET_FAILURES: Envoy = {
  mappers: [
    {
      filter: { response_flag_filter: { flags: ['UH', 'UF', 'UC', 'UT', 'UR', 'UO', 'URX', 'UPE', 'LR', 'DPE'] } },
      body_format_override: {
        json_format: { error: { code: '%RESPONSE_CODE%', message: 'not answered', request: '%STREAM_ID%' } },
      },
    },
  ],
};

export interface HttpProps {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** @default - plain HTTP */
  readonly tls?: Envoy;
  readonly virtualHosts: readonly Envoy[];
  /** Filters before the router. */
  readonly filters: readonly Envoy[];
  readonly deadlineSeconds: number;
  /** Whether the caller's certificate is told onward, replacing whatever the caller says about it. */
  readonly tellsCertificate?: boolean;
  /** Whether some of what is asked for are tunnels: their port says which. @default - nobody looks at a port */
  readonly tunnels?: boolean;
}

/** What everybody who asks over HTTP is held to. */
const strictHttp = (tunnels: boolean): Envoy => ({
  codec_type: 'AUTO',
  use_remote_address: true,
  normalize_path: true,
  merge_slashes: true,
  path_with_escaped_slashes_action: 'REJECT_REQUEST',
  ...(tunnels ? {} : { strip_any_host_port: true }),
  server_header_transformation: 'OVERWRITE',
  server_name: 'firepit',
  preserve_external_request_id: false,
  max_request_headers_kb: LIMITS.headerKilobytes,
  request_headers_timeout: seconds(LIMITS.requestHeaderSeconds),
  common_http_protocol_options: {
    idle_timeout: seconds(LIMITS.idleSeconds),
    max_connection_duration: seconds(LIMITS.connectionSeconds),
    max_headers_count: LIMITS.headers,
    headers_with_underscores_action: 'REJECT_REQUEST',
  },
  http_protocol_options: {},
  http2_protocol_options: {
    max_concurrent_streams: LIMITS.streams,
    // It is also how much of a body Envoy holds (decoderBufferLimit): less, and no larger body is ever whole.
    initial_stream_window_size: LIMITS.bodyBytes,
    initial_connection_window_size: 1_048_576,
  },
});

/**
 * Never shared: with SO_REUSEPORT another process of the same user could take half of the connections, or all, and on
 * OpenShift every container of a pod has the same user.
 */
const exclusive: Envoy = { enable_reuse_port: false, connection_balance_config: { exact_balance: {} } };

/** A listener for requests of others, hardened as Envoy's guide for edges has it. */
export const httpListener = (props: HttpProps): Envoy => {
  const idle = seconds(idleStreamSeconds(props.deadlineSeconds));
  return {
    name: props.name,
    address: socket(props.address, props.port),
    ...exclusive,
    per_connection_buffer_limit_bytes: LIMITS.bodyBytes,
    filter_chains: [
      {
        ...(props.tls === undefined
          ? {}
          : { transport_socket: props.tls, transport_socket_connect_timeout: seconds(LIMITS.handshakeSeconds) }),
        filters: [
          extension('envoy.filters.network.http_connection_manager', HCM, {
            stat_prefix: props.name,
            ...strictHttp(props.tunnels === true),
            // Both run while people decide, so they end after the longest wait.
            stream_idle_timeout: idle,
            request_timeout: idle,
            ...(props.tellsCertificate === true
              ? { forward_client_cert_details: 'SANITIZE_SET', set_current_client_cert_details: { dns: true } }
              : { forward_client_cert_details: 'SANITIZE' }),
            access_log: [accessLog(props.name)],
            local_reply_config: QUIET_FAILURES,
            route_config: {
              name: props.name,
              ...(props.tunnels === true ? { ignore_port_in_host_matching: true } : {}),
              virtual_hosts: props.virtualHosts,
            },
            http_filters: [...props.filters, ROUTER],
          }),
        ],
      },
    ],
  };
};

/** A listener for probes and scrapers: a few paths, no bodies, no log. */
export const serviceListener = (
  name: string,
  port: number,
  props: { readonly filters?: readonly Envoy[]; readonly routes: readonly Envoy[] },
): Envoy => ({
  name,
  address: socket('0.0.0.0', port),
  ...exclusive,
  // A full gateway is busy, not dead.
  ignore_global_conn_limit: true,
  bypass_overload_manager: true,
  per_connection_buffer_limit_bytes: 65_536,
  filter_chains: [
    {
      filters: [
        extension('envoy.filters.network.http_connection_manager', HCM, {
          stat_prefix: name,
          codec_type: 'HTTP1',
          normalize_path: true,
          path_with_escaped_slashes_action: 'REJECT_REQUEST',
          max_request_headers_kb: 8,
          request_headers_timeout: '5s',
          request_timeout: '5s',
          stream_idle_timeout: '10s',
          common_http_protocol_options: { idle_timeout: '30s', max_headers_count: 32 },
          server_header_transformation: 'OVERWRITE',
          server_name: 'firepit',
          local_reply_config: QUIET_FAILURES,
          // Kubelet and scrapers ask by address.
          route_config: { name, virtual_hosts: [{ name, domains: ['*'], routes: props.routes }] },
          http_filters: [...(props.filters ?? []), ROUTER],
        }),
      ],
    },
  ],
});

/** Exactly this method and path. */
export const exactly = (method: string, path: string): Envoy => ({
  path,
  headers: [{ name: ':method', string_match: { exact: method } }],
});
