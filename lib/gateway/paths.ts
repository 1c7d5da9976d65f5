import type { Context } from '../context';
import type { Agent, Endpoint, EnvironmentDeclaration, HostedModel, Model, Tool } from '../declaration';
import { hostOf } from '../declaration/endpoint';
import { protocolOf } from '../declaration/model';
import { PORT } from '../names';

/** The authority that an upstream is asked under. */
export const authorityOf = (at: Endpoint): string => (at.port === 443 ? hostOf(at) : `${hostOf(at)}:${at.port}`);

/** Prefixes of what people and agents ask for; names are the declared ones. */
export const agentPath = (agent: string): string => `/agents/${agent}/`;
export const modelPath = (model: string): string => `/models/${model}`;
export const toolPath = (tool: string): string => `/tools/${tool}`;

/** What each protocol of hosted models is made of. Nothing else of their APIs has a route. */
export const MODEL_API: {
  readonly [K in HostedModel['kind']]: { readonly base: string; readonly calls: readonly string[] };
} = {
  /** https://docs.anthropic.com/en/api/messages */
  anthropic: { base: '', calls: ['/v1/messages', '/v1/messages/count_tokens'] },
  /** https://platform.openai.com/docs/api-reference/chat; clients expect the version in their base URL. */
  openai: { base: '/v1', calls: ['/v1/chat/completions'] },
};

/** MCP's streamable HTTP: calls, the server's own stream, the end of a session (MCP 2025-11-25, transports). */
export const MCP_METHODS = ['POST', 'GET', 'DELETE'] as const;

/** Where an agent finds its sidecar: the base of what it asks for, and the proxy that its tunnels go through. */
export const OUTBOUND = `http://127.0.0.1:${PORT.outbound}`;

/** The authority under which the gateway is asked for agents, so that no route of theirs is one to an upstream. */
export const peersAuthority = ({ names }: Context): string => `agents.${names.service('gateway')}`;

/** Base URL that a client of a model is given. */
export const modelUrl = (name: string, model: Model): string =>
  `${OUTBOUND}${modelPath(name)}${MODEL_API[protocolOf(model)].base}`;

/** Endpoint of an MCP server, base URL of an HTTP API; an opaque host is asked under its own name, in a tunnel. */
export const toolUrl = (name: string, tool: Tool): string =>
  tool.kind === 'opaqueHost'
    ? `https://${authorityOf(tool.at)}`
    : `${OUTBOUND}${toolPath(name)}${tool.kind === 'mcpServer' ? tool.path : ''}`;

/** Agents that may use a model. */
export const usersOfModel = (declaration: EnvironmentDeclaration, model: string): string[] =>
  Object.entries(declaration.agents).flatMap(([name, agent]) => (agent.models.includes(model) ? [name] : []));

const callable = new WeakMap<Agent, ReadonlySet<string>>();
/** What an agent may call, looked up as often as there are routes. */
const callableBy = (agent: Agent): ReadonlySet<string> => {
  const known = callable.get(agent) ?? new Set(agent.tools);
  callable.set(agent, known);
  return known;
};

/** Agents that may call any of these operations of a tool. */
export const usersOfTool = (
  declaration: EnvironmentDeclaration,
  tool: string,
  operations: readonly string[],
): string[] =>
  Object.entries(declaration.agents).flatMap(([name, agent]) =>
    operations.some((operation) => callableBy(agent).has(`${tool}.${operation}`)) ? [name] : [],
  );

/** Tools of one agent, by name, in the order of their declaration. */
export const toolsOf = ({ declaration }: Context, agent: string): [name: string, tool: Tool][] => {
  const used = new Set(declaration.agents[agent]?.tools.map((operation) => operation.split('.', 1)[0]));
  return Object.entries(declaration.tools).filter(([name]) => used.has(name));
};

/** Models of one agent, by name, in the order in which the agent names them. */
export const modelsOf = (context: Context, agent: string): [name: string, model: Model][] =>
  (context.declaration.agents[agent]?.models ?? []).flatMap((name) => {
    const model = context.declaration.models[name];
    return model === undefined ? [] : [[name, model]];
  });
