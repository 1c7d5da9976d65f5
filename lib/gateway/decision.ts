import { type Envoy, extension, seconds, typed } from './envoy';
import { HEADER } from './headers';
import { holdSeconds, LIMITS } from './limits';

export type Door = 'front' | 'back';

/** Cluster of the governor. */
export const GOVERNOR = 'governor';

/** What the governor sees: all of it, both ways, whole. */
const WHOLE = {
  request_header_mode: 'SEND',
  request_body_mode: 'BUFFERED',
  request_trailer_mode: 'SEND',
  response_header_mode: 'SEND',
  response_body_mode: 'BUFFERED',
  response_trailer_mode: 'SEND',
} as const;

/** The one thing the governor may change: to see an event stream piece by piece, so that it can end it on any piece. */
const STREAMED_ANSWER = { ...WHOLE, response_body_mode: 'STREAMED' } as const;

/** Bytes of a tunnel, both ways, as they come: whoever waited for all of them would wait for ever. */
const STREAMED = { ...STREAMED_ANSWER, request_body_mode: 'STREAMED' } as const;

const FILTER = 'envoy.filters.http.ext_proc';

/** What a route for tunnels changes of the decision, which is that it sees every piece when it comes. */
export const streamed: Envoy = {
  [FILTER]: typed('envoy.extensions.filters.http.ext_proc.v3.ExtProcPerRoute', {
    overrides: { processing_mode: STREAMED },
  }),
};

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
 * No FULL_DUPLEX: it knows no timeout.
 */
export const decision = (door: Door, deadlineSeconds: number): Envoy =>
  extension(FILTER, 'envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor', {
    stat_prefix: door,
    grpc_service: {
      envoy_grpc: { cluster_name: GOVERNOR },
      initial_metadata: [{ key: HEADER.door, value: door }],
    },
    failure_mode_allow: false,
    status_on_error: { code: 'ServiceUnavailable' },
    processing_mode: WHOLE,
    allow_mode_override: true,
    allowed_override_modes: [STREAMED_ANSWER],
    // An ordinary decision is quick. Where people decide, the governor asks for the time left until the deadline.
    message_timeout: seconds(LIMITS.messageSeconds),
    max_message_timeout: seconds(holdSeconds(deadlineSeconds)),
    // What was judged is what is routed.
    route_cache_action: 'RETAIN',
    mutation_rules: { disallow_system: true, allow_all_routing: false, allow_envoy: false, disallow_is_error: true },
  });
