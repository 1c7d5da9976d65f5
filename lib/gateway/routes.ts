import type { Context } from '../context';
import type { HttpApi, McpServer, Model, Peer } from '../declaration';
import { protocolOf } from '../declaration/model';
import { type UpstreamTool, upstreamTools } from '../declaration/tool';
import { entriesOf } from '../entries';
import { modelPlace } from '../model-place';
import { objectName } from '../names';
import { type Envoy, extension, literal, seconds, typed } from './envoy';
import { fromAnswers, inertAnswers, toAgents, toPeers, toUpstreams } from './headers';
import { LIMITS } from './limits';
import { exactly } from './listener';
import {
  agentPath,
  authorityOf,
  MCP_METHODS,
  MODEL_API,
  modelPath,
  peersAuthority,
  toolPath,
  usersOfModel,
  usersOfTool,
} from './paths';
import { modelCluster, toolCluster } from './upstream';

const RBAC = 'envoy.filters.http.rbac';
const RBAC_TYPE = 'envoy.extensions.filters.http.rbac.v3';

/** Nobody may use a route unless the route says who: the governor decides, and this holds even if it errs. */
export const callerGuard: Envoy = extension(RBAC, `${RBAC_TYPE}.RBAC`, { rules: { action: 'ALLOW', policies: {} } });

/** The agents that may use a route, by their certificates. */
export const onlyFor = (context: Context, agents: readonly string[]): Envoy => ({
  [RBAC]: typed(`${RBAC_TYPE}.RBACPerRoute`, {
    rbac: {
      rules: {
        action: 'ALLOW',
        policies: {
          declared: {
            permissions: [{ any: true }],
            principals: agents.map((agent) => ({
              authenticated: { principal_name: { exact: context.names.agentHost(agent) } },
            })),
          },
        },
      },
    },
  }),
});

/** Cluster of an agent's sidecars. */
export const agentCluster = (agent: string): string => `agent-${objectName(agent)}`;

/** The front: one prefix for each agent, under the declared host alone. */
export const frontVirtualHost = (context: Context): Envoy => ({
  name: 'front',
  domains: [entriesOf(context.declaration)[0].host],
  request_headers_to_remove: toAgents,
  response_headers_to_remove: fromAnswers,
  response_headers_to_add: Object.entries(inertAnswers).map(([key, value]) => ({
    header: { key, value },
    append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
  })),
  routes: Object.keys(context.declaration.agents).map((agent) => ({
    name: `agents/${agent}`,
    match: { prefix: agentPath(agent) },
    route: {
      cluster: agentCluster(agent),
      prefix_rewrite: '/',
      host_rewrite_literal: context.names.agentHost(agent),
      // An answer takes as long as the agent's own calls; the idle limit of the listener ends it.
      timeout: '0s',
    },
  })),
});

/** A path whose `{argument}` segments are anything but a slash, as a pattern; undefined where it has none. */
export const templatePattern = (path: string): string | undefined =>
  path.includes('{')
    ? path
        .split('/')
        .map((segment) => (/^\{.*\}$/.test(segment) ? '[^/]+' : literal(segment)))
        .join('/')
    : undefined;

interface UpstreamRoute {
  readonly name: string;
  readonly cluster: string;
  /** What it is asked as. */
  readonly authority: string;
  readonly method: string;
  /** What agents ask for starts with this, and the upstream does not see it. */
  readonly prefix: string;
  readonly path: string;
  /** Seconds until the answer must be complete; 0 where it may be a stream. */
  readonly timeout: number;
  readonly agents: readonly string[];
}

const upstreamRoute = (context: Context, props: UpstreamRoute): Envoy => {
  const pattern = templatePattern(props.path);
  return {
    name: props.name,
    match:
      pattern === undefined
        ? exactly(props.method, `${props.prefix}${props.path}`)
        : {
            safe_regex: { regex: `${literal(props.prefix)}${pattern}` },
            headers: [{ name: ':method', string_match: { exact: props.method } }],
          },
    route: {
      cluster: props.cluster,
      ...(pattern === undefined
        ? { prefix_rewrite: props.path }
        : { regex_rewrite: { pattern: { regex: `^${literal(props.prefix)}/` }, substitution: '/' } }),
      host_rewrite_literal: props.authority,
      timeout: seconds(props.timeout),
    },
    typed_per_filter_config: onlyFor(context, props.agents),
  };
};

const modelRoutes = (context: Context, name: string, model: Model): Envoy[] =>
  MODEL_API[protocolOf(model)].calls.map((path) =>
    upstreamRoute(context, {
      name: `models/${name}${path}`,
      cluster: modelCluster(name),
      authority: authorityOf(modelPlace(context.names.environment, name, model)),
      method: 'POST',
      prefix: modelPath(name),
      path,
      timeout: 0,
      agents: usersOfModel(context.declaration, name),
    }),
  );

const mcpRoutes = (context: Context, name: string, tool: McpServer): Envoy[] =>
  MCP_METHODS.map((method) =>
    upstreamRoute(context, {
      name: `tools/${name}`,
      cluster: toolCluster(name),
      authority: authorityOf(tool.at),
      method,
      prefix: toolPath(name),
      path: tool.path,
      timeout: 0,
      agents: usersOfTool(context.declaration, name, Object.keys(tool.operations)),
    }),
  );

/** Paths without arguments come first, so that `/users/me` is not taken for a `/users/{id}`. */
const literalFirst = (a: string, b: string): number => Number(a.includes('{')) - Number(b.includes('{'));

const apiRoutes = (
  context: Context,
  name: string,
  tool: HttpApi | Peer,
  to: Pick<UpstreamRoute, 'cluster' | 'authority' | 'timeout'>,
): Envoy[] =>
  Object.entries(tool.operations)
    .toSorted(([, a], [, b]) => literalFirst(a.route.path, b.route.path))
    .flatMap(([operation, { route }]) => {
      const agents = usersOfTool(context.declaration, name, [operation]);
      return agents.length === 0
        ? []
        : [
            upstreamRoute(context, {
              name: `tools/${name}.${operation}`,
              ...to,
              method: route.method,
              prefix: toolPath(name),
              path: route.path,
              agents,
            }),
          ];
    });

const toolRoutes = (context: Context, name: string, tool: UpstreamTool): Envoy[] => {
  // A tunnel has no path: see tunnels.ts.
  if (tool.kind === 'opaqueHost' || usersOfTool(context.declaration, name, Object.keys(tool.operations)).length === 0)
    return [];
  if (tool.kind === 'mcpServer') return mcpRoutes(context, name, tool);
  const to = { cluster: toolCluster(name), authority: authorityOf(tool.at), timeout: LIMITS.answerSeconds };
  return apiRoutes(context, name, tool, to);
};

/** Routes from agents to an agent. Its answer takes as long as its own calls. */
const peerRoutes = (context: Context, name: string, peer: Peer): Envoy[] =>
  apiRoutes(context, name, peer, {
    cluster: agentCluster(peer.agent),
    authority: context.names.agentHost(peer.agent),
    timeout: 0,
  });

/** The back: what agents may use. Without a route there is 404, and nothing else is there to be found. */
export const backVirtualHost = (context: Context): Envoy => ({
  name: 'back',
  domains: [context.names.service('gateway')],
  request_headers_to_remove: toUpstreams(context.declaration),
  response_headers_to_remove: fromAnswers,
  routes: [
    ...Object.entries(context.declaration.models).flatMap(([name, model]) =>
      usersOfModel(context.declaration, name).length === 0 ? [] : modelRoutes(context, name, model),
    ),
    ...upstreamTools(context.declaration.tools).flatMap(([name, tool]) => toolRoutes(context, name, tool)),
  ],
});

/**
 * The back, for agents that ask one another; none where nobody does. A virtual host of its own, because the handle of a
 * run goes on to agents, and never to an upstream.
 */
export const peersVirtualHosts = (context: Context): Envoy[] => {
  const routes = Object.entries(context.declaration.tools).flatMap(([name, tool]) =>
    tool.kind === 'peer' ? peerRoutes(context, name, tool) : [],
  );
  if (routes.length === 0) return [];
  return [
    {
      name: 'peers',
      domains: [peersAuthority(context)],
      request_headers_to_remove: toPeers(context.declaration),
      response_headers_to_remove: fromAnswers,
      routes,
    },
  ];
};
