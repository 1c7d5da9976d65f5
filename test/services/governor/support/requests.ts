import { isRefused, parseRequest } from '../../../../services/governor/parse/parse';
import type { HttpRequest, Parsed, Refused } from '../../../../services/governor/parse/request';
import { environment } from './environment';

export const { config, schema, policies } = environment();

export const request = (
  path: string,
  body?: unknown,
  props: {
    readonly headers?: Readonly<Record<string, string>>;
    readonly method?: string;
    readonly door?: 'front' | 'back';
  } = {},
): HttpRequest => ({
  door: props.door ?? 'back',
  method: props.method ?? (body === undefined ? 'GET' : 'POST'),
  path,
  headers: Object.entries({ 'content-type': 'application/json', ...props.headers }),
  body:
    body === undefined
      ? Buffer.alloc(0)
      : Buffer.isBuffer(body)
        ? body
        : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
});

export const parse = (http: HttpRequest): Parsed | Refused => parseRequest(config, http);
export const parsed = (http: HttpRequest): Parsed => {
  const result = parse(http);
  if (isRefused(result)) throw result.denial;
  return result;
};
/** The code of the denial, or what was understood instead. */
export const code = (http: HttpRequest): unknown => {
  const result = parse(http);
  return isRefused(result) ? result.denial.code : result.call;
};

export const MCP = '/tools/tickets/mcp';
export const call = (name: string, args?: object, more: object = {}): object => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name, ...(args === undefined ? {} : { arguments: args }), ...more },
});
