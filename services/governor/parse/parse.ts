import type { GovernorConfig } from '../../../contract/governor';
import { Denial, denialOf } from '../denial';
import { decodeBody } from './body';
import { parseConnect } from './connect-request';
import { mediaType } from './headers';
import { parseHttp } from './http-request';
import { decodeUtf8, type Json, parseJson } from './json';
import { mcpProtocol, parseMcp, parseMcpStream } from './mcp-request';
import { MODEL_PATHS, parseModelRequest } from './model-request';
import type { Call, HttpRequest, Parsed, Passage, Protocol, Refused } from './request';
import { parseTurn } from './turn-request';

type Config = Pick<GovernorConfig, 'agents' | 'models' | 'tools' | 'limits'>;

const unknown = (): Denial => new Denial('unknown-route', 'nothing is declared at this path');
const own = <T>(record: Readonly<Record<string, T>>, name: string): T => {
  if (!Object.hasOwn(record, name)) throw unknown();
  return record[name] as T;
};

const textOf = (config: Config, request: HttpRequest): string =>
  decodeUtf8(decodeBody(request.headers, request.body, config.limits.bodyBytes));

const jsonOf = (config: Config, request: HttpRequest): Json => {
  if (mediaType(request.headers) !== 'application/json')
    throw new Denial('unsupported-media-type', 'the content type is not application/json');
  return parseJson(textOf(config, request), config.limits.jsonDepth);
};

/** Every text inside of a value, keys as well. */
export const textsOf = (value: Json): string[] => {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Array.isArray(value)
    ? value.flatMap(textsOf)
    : Object.entries(value).flatMap(([key, inner]) => [key, ...textsOf(inner as Json)]);
};
const fromModel = (value: Json): Passage[] => textsOf(value).map((text) => ({ zone: 'model', text }));

/** Collects what is known so far, so that a denial can be told in the protocol of the request. */
class Reading {
  protocol: Protocol = { kind: 'http' };
  constructor(
    private readonly config: Config,
    private readonly request: HttpRequest,
  ) {}

  read(): Parsed {
    if (!/^[\x21-\x7e]*$/.test(this.request.path))
      throw new Denial('malformed-message', 'the path is not visible ASCII, percent-encoded');
    if (this.request.method === 'CONNECT') return this.connect();
    const [, area = '', name = ''] = this.request.path.split('?')[0]?.split('/') ?? [];
    const rest = this.request.path.slice(`/${area}/${name}`.length);
    if (this.request.door === 'front') {
      if (area === 'agents') return this.ask(name);
      if (area === 'runs') return this.turn();
    } else if (area === 'models') return this.model(name, rest);
    else if (area === 'tools') return this.tool(name, rest);
    throw unknown();
  }

  /** The front takes any request to an agent: what it may carry is between the person and the agent. */
  private ask(agent: string): Parsed {
    own(this.config.agents, agent);
    const { headers, body: bytes } = this.request;
    const text = bytes.length === 0 ? '' : textOf(this.config, this.request);
    const body =
      text !== '' && mediaType(headers) === 'application/json'
        ? parseJson(text, this.config.limits.jsonDepth)
        : undefined;
    const texts = body === undefined ? (text === '' ? [] : [text]) : textsOf(body);
    const passages = texts.map((t): Passage => ({ zone: 'user', text: t }));
    return { protocol: this.protocol, call: { kind: 'ask', agent }, passages, body };
  }

  private connect(): Parsed {
    this.protocol = { kind: 'connect' };
    const call = parseConnect(this.config.tools, this.request);
    return { protocol: this.protocol, call, passages: [], body: undefined };
  }

  private turn(): Parsed {
    const { method, path, body: bytes } = this.request;
    const body = bytes.length === 0 ? undefined : jsonOf(this.config, this.request);
    const call = parseTurn(method, path, body);
    const passages = textsOf(body ?? null).map((text): Passage => ({ zone: 'user', text }));
    return { protocol: this.protocol, call, passages, body };
  }

  private model(name: string, path: string): Parsed {
    const { protocol } = own(this.config.models, name);
    this.protocol = { kind: protocol };
    if (this.request.method !== 'POST' || !MODEL_PATHS[protocol].includes(path)) throw unknown();
    const body = jsonOf(this.config, this.request);
    const request = parseModelRequest(protocol, body);
    return {
      protocol: this.protocol,
      call: { kind: 'infer', model: name, name: request.name },
      passages: request.passages,
      body,
    };
  }

  private tool(name: string, rest: string): Parsed {
    const tool = own(this.config.tools, name);
    return tool.protocol === 'mcp' ? this.mcp(name, rest) : this.http(name, rest);
  }

  private mcp(name: string, rest: string): Parsed {
    this.protocol = { kind: 'mcp' };
    const { method, headers, body: bytes } = this.request;
    if (rest.includes('?')) throw new Denial('malformed-message', 'the endpoint of an MCP server takes no query');
    if (method === 'GET' || method === 'DELETE')
      return { protocol: this.protocol, call: parseMcpStream(name, method, bytes), passages: [], body: undefined };
    if (method !== 'POST') throw unknown();
    const body = jsonOf(this.config, this.request);
    this.protocol = mcpProtocol(body);
    const call = parseMcp(name, headers, body);
    return { protocol: this.protocol, call, passages: fromModel(body), body };
  }

  private http(name: string, rest: string): Parsed {
    const { method, body: bytes } = this.request;
    const body = bytes.length === 0 ? undefined : jsonOf(this.config, this.request);
    const call: Call = parseHttp(name, own(this.config.tools, name), method, rest, body);
    return {
      protocol: this.protocol,
      call,
      passages: call.kind === 'operation' ? fromModel(call.arguments) : [],
      body,
    };
  }
}

export const isRefused = (result: Parsed | Refused): result is Refused => 'denial' in result;

/** Step 1: what a request asks for. Whatever cannot be read in one way only is refused. */
export function parseRequest(config: Config, request: HttpRequest): Parsed | Refused {
  const reading = new Reading(config, request);
  try {
    return reading.read();
  } catch (error) {
    return { protocol: reading.protocol, denial: denialOf(error) };
  }
}
