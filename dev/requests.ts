import type { EnvironmentDeclaration, HttpOperation, Model, Operation, Tool } from '../lib/declaration';
import { hostOf } from '../lib/declaration/endpoint';
import { protocolOf } from '../lib/declaration/model';
import { tunnelTo } from '../lib/declaration/opaque-host';
import { MODEL_API, modelPath, toolPath } from '../lib/gateway/paths';
import type { Called } from './rules';

/** A request as an agent sends it to its sidecar. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What the TLS in a tunnel names; the path of a CONNECT is host and port. @default - it asks for no tunnel */
  readonly tls?: string;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const MCP = { ...JSON_TYPE, accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2025-11-25' };

const own = <T>(record: Readonly<Record<string, T>>, name: string): T => {
  const value = record[name];
  if (value === undefined) throw new Error(`nothing is declared as ${name}`);
  return value;
};

/** How the stand-in of a model is told what to ask for, and reads it: `Call tickets__search with {"query":"x"}`. */
export const instruction = {
  write: ({ operation, arguments: args }: Called): string =>
    `Call ${operation.replace('.', '__')} with ${JSON.stringify(args)}`,
  read: (text: string): { readonly name: string; readonly arguments: Record<string, unknown> } | undefined => {
    const [, name, json] = /\bCall ([A-Za-z0-9_-]+) with (\{.*\})/s.exec(text) ?? [];
    if (name === undefined || json === undefined) return undefined;
    try {
      return { name, arguments: JSON.parse(json) as Record<string, unknown> };
    } catch {
      return undefined;
    }
  },
} as const;

interface Prompt {
  readonly text?: string;
  /** A call that the model is to ask for. */
  readonly asksFor?: Called;
  /** @default false */
  readonly stream?: boolean;
  /** Name of the model on the wire. @default - the first declared */
  readonly wire?: string;
}

/** A turn of a model. */
export function infer(environment: EnvironmentDeclaration, name: string, prompt: Prompt): Request {
  const model: Model = own(environment.models, name);
  const content = prompt.asksFor === undefined ? (prompt.text ?? '') : instruction.write(prompt.asksFor);
  const body = {
    model: prompt.wire ?? model.names[0],
    max_tokens: 256,
    messages: [{ role: 'user', content }],
    ...(prompt.stream === true ? { stream: true } : {}),
  };
  const [path = ''] = MODEL_API[protocolOf(model)].calls;
  return { method: 'POST', path: `${modelPath(name)}${path}`, headers: JSON_TYPE, body: JSON.stringify(body) };
}

const rpc = (tool: string, at: string, message: object): Request => ({
  method: 'POST',
  path: `${toolPath(tool)}${at}`,
  headers: MCP,
  body: JSON.stringify({ jsonrpc: '2.0', ...message }),
});

function overHttp(tool: string, { route }: HttpOperation, args: Readonly<Record<string, unknown>>): Request {
  const inPath = new Set([...route.path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name as string));
  const path = route.path.replace(/\{([^}]+)\}/g, (_, name: string) => encodeURIComponent(String(args[name])));
  const rest = Object.entries(args).filter(([name]) => !inPath.has(name));
  const target = `${toolPath(tool)}${path}`;
  if (route.method !== 'GET' && route.method !== 'HEAD' && route.method !== 'DELETE')
    return { method: route.method, path: target, headers: JSON_TYPE, body: JSON.stringify(Object.fromEntries(rest)) };
  const query = rest
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
    .join('&');
  return { method: route.method, path: query === '' ? target : `${target}?${query}`, headers: {} };
}

/** A call of a declared operation. */
export function call(environment: EnvironmentDeclaration, { operation, arguments: args }: Called): Request {
  const [name = '', key = ''] = operation.split('.');
  const tool: Tool = own(environment.tools, name);
  if (tool.kind === 'opaqueHost')
    return { method: 'CONNECT', path: tunnelTo(tool.at), headers: {}, tls: hostOf(tool.at) };
  if (tool.kind !== 'mcpServer') return overHttp(name, own<HttpOperation>(tool.operations, key), args);
  return rpc(name, tool.path, { id: 1, method: 'tools/call', params: { name: key, arguments: args } });
}

/** The same call with an argument that nobody declared; undefined where any are taken. */
export function badArguments(environment: EnvironmentDeclaration, called: Called): Request | undefined {
  const [name = '', key = ''] = called.operation.split('.');
  const operation: Operation = own<Operation>(own(environment.tools, name).operations, key);
  const takesAny = operation.arguments === undefined && operation.effect === 'read' && operation.reach === 'internal';
  if (takesAny) return undefined;
  return call(environment, { ...called, arguments: { ...called.arguments, undeclared: 'yes' } });
}

/** An operation that no declaration knows, and the code with which it is denied. */
export function unknownOperation(
  environment: EnvironmentDeclaration,
  name: string,
): { readonly title: string; readonly code: string; readonly request: Request } {
  const tool = own(environment.tools, name);
  if (tool.kind === 'mcpServer')
    return {
      title: `calls ${name}.no_such_operation`,
      code: 'not-permitted',
      request: call(environment, { operation: `${name}.no_such_operation`, arguments: {} }),
    };
  const request = { method: 'GET', path: `${toolPath(name)}/no/such/path/anywhere`, headers: {} };
  return { title: `asks ${name} for a path that is not declared`, code: 'unknown-route', request };
}

/** What an MCP client does before it calls. */
export function housekeeping(environment: EnvironmentDeclaration, name: string): [method: string, request: Request][] {
  const tool = own(environment.tools, name);
  if (tool.kind !== 'mcpServer') return [];
  const client = {
    protocolVersion: MCP['mcp-protocol-version'],
    capabilities: {},
    clientInfo: { name: 'firepit-dev', version: '1' },
  };
  return [
    ['initialize', rpc(name, tool.path, { id: 1, method: 'initialize', params: client })],
    ['tools/list', rpc(name, tool.path, { id: 2, method: 'tools/list', params: {} })],
  ];
}
