import { Denial } from '../denial';
import { all, type Headers, one } from './headers';
import { isObject, type Json, type JsonObject } from './json';
import type { Call, Protocol } from './request';

/** Revisions of MCP that are judged; the newer one knows no session and repeats in headers what the body says. */
const SESSION_REVISIONS: ReadonlySet<string> = new Set(['2025-03-26', '2025-06-18', '2025-11-25']);
const HEADER_REVISION = '2026-07-28';
const VERSION_FIELD = 'io.modelcontextprotocol/protocolVersion';

/** Around the calls: they tell who speaks and what there is. */
export const HOUSEKEEPING: ReadonlySet<string> = new Set([
  'initialize',
  'ping',
  'server/discover',
  'tools/list',
  'logging/setLevel',
  'notifications/initialized',
  'notifications/cancelled',
  'notifications/progress',
]);
/** Methods whose target the header `Mcp-Name` repeats, and where the body has it. */
const NAMED: Readonly<Record<string, 'name' | 'uri'>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
};

const malformed = (what: string): Denial => new Denial('malformed-message', what);

/** A header value, or what it carries as Base64 where the text does not fit into a header. */
const decoded = (name: string, value: string): string => {
  const sentinel = /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/.exec(value);
  if (sentinel === null) return value;
  const bytes = Buffer.from(sentinel[1] as string, 'base64');
  const text = bytes.toString('utf8');
  if (bytes.toString('base64') !== sentinel[1] || !Buffer.from(text, 'utf8').equals(bytes))
    throw new Denial('header-mismatch', `the header ${name} is not Base64 of UTF-8`);
  return text;
};

const equal = (headers: Headers, name: string, expected: string | undefined, required: boolean): void => {
  const value = one(headers, name);
  if (value === undefined) {
    if (required && expected !== undefined) throw new Denial('header-mismatch', `the header ${name} is missing`);
    return;
  }
  if (decoded(name, value) !== expected)
    throw new Denial('header-mismatch', `the header ${name} is not what the body says`);
};

const metaOf = (params: JsonObject): JsonObject => {
  const meta = params._meta ?? {};
  if (!isObject(meta)) throw malformed('params._meta is not an object');
  return meta;
};

const revision = (headers: Headers, params: JsonObject, method: string): string | undefined => {
  const header = one(headers, 'mcp-protocol-version');
  const meta = metaOf(params)[VERSION_FIELD];
  if (meta !== undefined && meta !== header)
    throw new Denial('header-mismatch', 'the header mcp-protocol-version is not what params._meta says');
  if (header === undefined) return method === 'initialize' ? undefined : '2025-03-26';
  if (header !== HEADER_REVISION && !SESSION_REVISIONS.has(header))
    throw malformed(`the protocol version is none of ${[...SESSION_REVISIONS, HEADER_REVISION].join(', ')}`);
  if (header === HEADER_REVISION && meta === undefined)
    throw new Denial('header-mismatch', `params._meta lacks ${VERSION_FIELD}`);
  return header;
};

/** Headers that repeat an argument: whichever it is, the body has that value. */
const checkParameters = (headers: Headers, args: JsonObject): void => {
  const values = new Set(Object.values(args).flatMap((value) => (typeof value === 'object' ? [] : [String(value)])));
  for (const [name] of headers)
    if (name.startsWith('mcp-param-') && all(headers, name).some((value) => !values.has(decoded(name, value))))
      throw new Denial('header-mismatch', `the header ${name} is not what the body says`);
};

const checkHeaders = (headers: Headers, method: string, params: JsonObject, args: JsonObject): void => {
  const required = revision(headers, params, method) === HEADER_REVISION;
  const target = NAMED[method] === undefined ? undefined : params[NAMED[method]];
  equal(headers, 'mcp-method', method, required);
  equal(headers, 'mcp-name', typeof target === 'string' ? target : undefined, required);
  checkParameters(headers, args);
};

const idOf = (message: JsonObject): string | number | undefined => {
  const { id } = message;
  if (id === undefined) return undefined;
  if (typeof id === 'string' && id.length <= 256) return id;
  if (typeof id === 'number' && Number.isInteger(id)) return id;
  throw malformed('the id is neither a short text nor an integer');
};

const KEYS = new Set(['jsonrpc', 'id', 'method', 'params']);

const operationCall = (tool: string, params: JsonObject): Call => {
  const { name, arguments: args = {}, _meta, ...rest } = params;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw malformed('a tool call has name, arguments and _meta alone');
  if (typeof name !== 'string' || !isObject(args))
    throw malformed('a tool call needs a name, and arguments as an object');
  return { kind: 'operation', tool, operation: name, arguments: args, textual: new Set() };
};

/** The id that a denial of this body is told to, as far as one can be read. */
export const mcpProtocol = (body: Json | undefined): Protocol => {
  const id = isObject(body) && typeof body.method === 'string' ? body.id : undefined;
  return typeof id === 'string' || typeof id === 'number' ? { kind: 'mcp', id } : { kind: 'mcp' };
};

/** Of the server's questions only `ping` passes, so there is nothing to answer but that. */
const answer = (tool: string, headers: Headers, body: JsonObject): Call => {
  const { id, result } = body;
  const empty = isObject(result) && Object.keys(result).length === 0;
  if (id === undefined || !empty || Object.keys(body).length !== 3)
    throw malformed('neither a request nor a notification, nor the empty answer to a ping');
  idOf(body);
  revision(headers, {}, 'initialize');
  return { kind: 'housekeeping', tool, method: 'answer' };
};

/** One JSON-RPC message to an MCP server. No batches: MCP has none since 2025-06-18. */
export function parseMcp(tool: string, headers: Headers, body: Json): Call {
  if (!isObject(body) || body.jsonrpc !== '2.0') throw malformed('not one JSON-RPC 2.0 message');
  const { method } = body;
  if (method === undefined) return answer(tool, headers, body);
  if (typeof method !== 'string') throw malformed('the method is not a text');
  for (const key of Object.keys(body))
    if (!KEYS.has(key)) throw malformed('a message has jsonrpc, id, method and params alone');
  const id = idOf(body);
  const params = body.params ?? {};
  if (!isObject(params)) throw malformed('params is not an object');
  if (method.startsWith('notifications/') !== (id === undefined))
    throw malformed(id === undefined ? 'a request needs an id' : 'a notification has no id');
  const args = isObject(params.arguments) ? params.arguments : {};
  checkHeaders(headers, method, params, args);
  if (method === 'tools/call') return operationCall(tool, params);
  if (HOUSEKEEPING.has(method)) return { kind: 'housekeeping', tool, method };
  throw new Denial(
    'undeclared-method',
    'resources, prompts, tasks and the like are not declared, so they are not there',
  );
}

/** GET opens the server's own stream, DELETE ends a session; both carry nothing. */
export function parseMcpStream(tool: string, method: 'GET' | 'DELETE', body: Buffer): Call {
  if (body.length > 0) throw malformed(`a ${method} carries no body`);
  return { kind: 'housekeeping', tool, method };
}
