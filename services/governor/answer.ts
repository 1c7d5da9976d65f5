import { CODES } from './codes';
import type { Denial } from './denial';
import type { Protocol } from './parse/request';

/** An HTTP answer that the gateway gives in place of the upstream's. */
export interface DenialAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const json = (status: number, body: object, type = 'application/json'): DenialAnswer => ({
  status,
  headers: {
    'content-type': type,
    'cache-control': 'no-store',
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(status === 429 ? { 'retry-after': '1' } : {}),
  },
  body: JSON.stringify(body),
});

/** Error types of the Anthropic API by status; whatever else is a bad request. */
const ANTHROPIC: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  502: 'api_error',
  503: 'overloaded_error',
};
const OPENAI: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  429: 'rate_limit_error',
  502: 'server_error',
  503: 'server_error',
};

/**
 * Step 8: a denial in the protocol's own terms, with a stable code, a reason that a developer can act on and the id
 * under which the record has it. Facts of the record stay there: whoever tries learns the rule's code, not the rules.
 */
export function denialAnswer({ code, detail }: Denial, protocol: Protocol, decision: string): DenialAnswer {
  const { status, rpc, title, fix } = CODES[code];
  const message = `${title}: ${detail} (${code}, decision ${decision}). To do: ${fix}`;
  switch (protocol.kind) {
    case 'mcp':
      // An error of a request is an answer: clients take other statuses for a broken transport and drop the session.
      return json(protocol.id !== undefined && status === 403 ? 200 : status, {
        jsonrpc: '2.0',
        ...(protocol.id === undefined ? {} : { id: protocol.id }),
        error: { code: rpc, message, data: { code, decision } },
      });
    case 'anthropic':
      return json(status, {
        type: 'error',
        error: { type: ANTHROPIC[status] ?? 'invalid_request_error', message },
        request_id: decision,
      });
    case 'openai':
      return json(status, { error: { message, type: OPENAI[status] ?? 'invalid_request_error', param: null, code } });
    case 'http':
    case 'connect':
      return json(
        status,
        { type: 'about:blank', title, status, detail: `${detail}. To do: ${fix}`, code, decision },
        'application/problem+json',
      );
  }
}
