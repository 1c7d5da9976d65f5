import { z } from 'zod';
import { made, says, text, urlPath } from './_check';
import { type Auth, authSchema } from './auth';
import { type Endpoint, endpointSchema, hostOf } from './endpoint';
import { type OpaqueHost, opaqueHostFields } from './opaque-host';
import { type HttpOperation, httpOperationSchema, type Operation, operationSchema } from './operation';
import { type Peer, peerFields } from './peer';

/** An MCP server that agents may use. */
export interface McpServer<O extends Readonly<Record<string, Operation>> = Readonly<Record<string, Operation>>> {
  readonly kind: 'mcpServer';
  readonly at: Endpoint;
  readonly path: string;
  readonly auth: Auth;
  readonly operations: O;
}
/** An HTTP API that agents may use: only the declared methods and paths exist. */
export interface HttpApi<O extends Readonly<Record<string, HttpOperation>> = Readonly<Record<string, HttpOperation>>> {
  readonly kind: 'httpApi';
  readonly at: Endpoint;
  readonly auth: Auth;
  readonly operations: O;
}
/** A tool that is no agent: it has an address of its own. */
export type UpstreamTool = McpServer | HttpApi | OpaqueHost;
/** What agents may use beside models: an upstream, or another agent. */
export type Tool = UpstreamTool | Peer;

/** The tools that are upstreams, by name. */
export const upstreamTools = (tools: Readonly<Record<string, Tool>>): [name: string, tool: UpstreamTool][] =>
  Object.entries(tools).flatMap(([name, tool]): [string, UpstreamTool][] =>
    tool.kind === 'peer' ? [] : [[name, tool]],
  );

/** The tools that are tunnelled to, by name. */
export const opaqueHosts = (tools: Readonly<Record<string, Tool>>): [name: string, tool: OpaqueHost][] =>
  Object.entries(tools).flatMap(([name, tool]): [string, OpaqueHost][] =>
    tool.kind === 'opaqueHost' ? [[name, tool]] : [],
  );

/** Makes {@link McpServer}s. */
export const McpServer = {
  /**
   * @param props.path where the server answers @default '/mcp'
   * @param props.operations keyed by the MCP tool name
   */
  at: <const O extends Readonly<Record<string, Operation>>>(
    at: Endpoint,
    props: { readonly auth: Auth; readonly operations: O & NoRoutes<O>; readonly path?: `/${string}` },
  ): McpServer<O> => ({ ...props, kind: 'mcpServer', at, path: props.path ?? '/mcp' }),
} as const;
type NoRoutes<O> = { readonly [K in keyof O]: O[K] extends { readonly route: unknown } ? never : O[K] };

/** Makes {@link HttpApi}s. */
export const HttpApi = {
  /** An HTTP API. @param props.operations keyed by names of your own, each with its route */
  at: <const O extends Readonly<Record<string, HttpOperation>>>(
    at: Endpoint,
    props: { readonly auth: Auth; readonly operations: O },
  ): HttpApi<O> => ({
    ...props,
    kind: 'httpApi',
    at,
  }),
} as const;

/** Where a tool is, for people: the host of an upstream, the name of an agent. */
export const placeOf = (tool: Tool): string => (tool.kind === 'peer' ? `agent ${tool.agent}` : hostOf(tool.at));

/** `'tickets.search' | 'tickets.reply' | …`: how operations are referred to. */
export type OperationOf<T extends Readonly<Record<string, Tool>>> = {
  [K in keyof T & string]: `${K}.${keyof T[K]['operations'] & string}`;
}[keyof T & string];

const operationName = text(/^[A-Za-z_][A-Za-z0-9_-]{0,62}$/, {
  expected: "an ASCII identifier of at most 63 characters: letters, digits, '_' and '-'",
  fix: 'use the name the tool uses on the wire',
});
const operations = <T>(schema: z.ZodType<T>): z.ZodType<Record<string, T>> =>
  says(z.record(operationName, schema), {
    expected: 'operations by name: what is not declared does not exist',
    fix: 'write it as { search: Operation.read() }',
  });

/** Most operations a tool may declare: above it, what it may do can no longer be reviewed. */
export const MAX_OPERATIONS = 500;

export const toolSchema: z.ZodType<Tool> = made(
  z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('mcpServer'),
      at: endpointSchema,
      path: urlPath('/mcp'),
      auth: authSchema,
      operations: operations(operationSchema),
    }),
    z.strictObject({
      kind: z.literal('httpApi'),
      at: endpointSchema,
      auth: authSchema,
      operations: operations(httpOperationSchema),
    }),
    z.strictObject({ ...peerFields, operations: operations(httpOperationSchema) }),
    z.strictObject(opaqueHostFields),
  ]) as unknown as z.ZodType<Tool>,
  'a tool',
  'McpServer.at(endpoint, { auth, operations }), HttpApi.at(endpoint, { auth, operations }), Peer.agent(name, { operations }) or OpaqueHost.at(endpoint)',
);
