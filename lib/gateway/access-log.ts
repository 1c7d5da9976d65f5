import { type Envoy, extension } from './envoy';

/**
 * One JSON line for each request: who, which declared route, what came of it. No path, no query, no header that may
 * carry a credential, no body: those belong to the ledger, under its own rules.
 */
export const accessLog = (door: string): Envoy =>
  extension('envoy.access_loggers.stdout', 'envoy.extensions.access_loggers.stream.v3.StdoutAccessLog', {
    log_format: {
      json_format: {
        time: '%START_TIME%',
        door,
        id: '%STREAM_ID%',
        method: '%REQ(:METHOD)%',
        route: '%ROUTE_NAME%',
        status: '%RESPONSE_CODE%',
        why: '%RESPONSE_CODE_DETAILS%',
        flags: '%RESPONSE_FLAGS%',
        caller: '%DOWNSTREAM_PEER_DNS_SAN%',
        from: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%',
        upstream: '%UPSTREAM_HOST%',
        received: '%BYTES_RECEIVED%',
        sent: '%BYTES_SENT%',
        milliseconds: '%DURATION%',
      },
    },
  });
