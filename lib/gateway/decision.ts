import { type Envoy, extension, seconds, typed } from './envoy';
import { HEADER } from './headers';
import { holdSeconds, LIMITS } from './limits';

export type Door = 'front' | 'back';

/** Cluster of the governor. */
export const GOVERNOR = 'governor';

/**
 * What the governor sees: all of it, both ways, as it comes. Envoy waits for no word before it tells the next part of a
 * request, so that all of it is judged in one question; what it told waits in Envoy, and each piece has its time. Of an
 * answer nothing goes on but what the governor says. See docs/decisions/0039.
 */
const EVERYTHING = {
  request_header_mode: 'SEND',
  request_body_mode: 'STREAMED',
  request_trailer_mode: 'SEND',
  response_header_mode: 'SEND',
  response_body_mode: 'FULL_DUPLEX_STREAMED',
  response_trailer_mode: 'SEND',
} as const;

const BUFFER = 'envoy.filters.http.buffer';
const BUFFER_TYPES = 'envoy.extensions.filters.http.buffer.v3';

/**
 * Behind the decision: a request moves when all of it may, whatever was said of its pieces, and tells its length, which
 * Envoy takes away where bodies come in pieces.
 */
export const whole: Envoy = extension(BUFFER, `${BUFFER_TYPES}.Buffer`, { max_request_bytes: LIMITS.bodyBytes });

/** A tunnel has no end to wait for. */
export const inPieces: Envoy = { [BUFFER]: typed(`${BUFFER_TYPES}.BufferPerRoute`, { disabled: true }) };

const unavailable = (append_action: string): Envoy => ({
  append: { header: { key: 'grpc-status', value: '14' }, append_action },
});

/**
 * Filter of the governor's cluster: whenever the governor ends a call, the call has failed. ext_proc takes a call that
 * ends with OK as leave to forward the rest unjudged, whatever `failure_mode_allow` says (tried with Envoy 1.40); a
 * governor that drains, or a proxy that answers in its place, would open the gateway. Envoy ends calls by itself when it
 * has every answer, so nothing that was judged is lost.
 */
export const noLeave: Envoy = extension(
  'envoy.filters.http.header_mutation',
  'envoy.extensions.filters.http.header_mutation.v3.HeaderMutation',
  {
    mutations: {
      response_mutations: [unavailable('OVERWRITE_IF_EXISTS')],
      response_trailers_mutations: [unavailable('OVERWRITE_IF_EXISTS_OR_ADD')],
    },
  },
);

/**
 * The governor's say on every request and every answer, and no request without it: an error, a timeout or an
 * unreachable governor is 503. Headers are always sent, because a request without a body would otherwise pass unseen.
 */
export const decision = (door: Door, deadlineSeconds: number): Envoy =>
  extension('envoy.filters.http.ext_proc', 'envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor', {
    stat_prefix: door,
    grpc_service: {
      envoy_grpc: { cluster_name: GOVERNOR },
      initial_metadata: [{ key: HEADER.door, value: door }],
    },
    failure_mode_allow: false,
    status_on_error: { code: 'ServiceUnavailable' },
    processing_mode: EVERYTHING,
    send_body_without_waiting_for_header_response: true,
    // An ordinary decision is quick. Where people decide, the governor asks for the time left until the deadline.
    message_timeout: seconds(LIMITS.messageSeconds),
    max_message_timeout: seconds(holdSeconds(deadlineSeconds)),
    // What was judged is what is routed.
    route_cache_action: 'RETAIN',
    mutation_rules: { disallow_system: true, allow_all_routing: false, allow_envoy: false, disallow_is_error: true },
  });
