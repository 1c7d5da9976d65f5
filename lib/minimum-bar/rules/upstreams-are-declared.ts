import type { HttpApi, Tool } from '../../declaration';
import { protocolOf } from '../../declaration/model';
import { entriesOf } from '../../entries';
import { PORT } from '../../names';
import {
  addressOf,
  type Bootstrap,
  bootstraps,
  chainsOf,
  clustersOf,
  endpointsOf,
  listenersOf,
  managersOf,
  ownerOf,
  routesOf,
} from '../envoy';
import { isTunnel, tunnelDomains, tunnelProblems } from '../tunnels';
import type { Problem, Rule } from '../types';
import { declaredUpstreams, mayConnect, peersDomain } from '../upstreams';
import { at, type Data, list, record, records, same, show, string, strings } from '../values';
import type { View } from '../view';

/** Kinds of clusters whose addresses stand in the file. */
const isFixed = (cluster: Data): boolean => {
  if (cluster.type !== undefined) return cluster.type === 'STATIC' || cluster.type === 'STRICT_DNS';
  return (
    at(cluster, 'cluster_type', 'name') === 'envoy.clusters.dns' &&
    at(cluster, 'cluster_type', 'typed_config', 'all_addresses_in_single_endpoint') !== true
  );
};

const addressProblem = (view: View, bootstrap: Bootstrap, address: Data): string | undefined => {
  if (address.pipe !== undefined) {
    const admin = at(bootstrap.config, 'admin', 'address', 'pipe', 'path');
    return same(address.pipe, { path: admin }) ? undefined : `it leads to ${show(address)}`;
  }
  const [host, port] = [at(address, 'socket_address', 'address'), at(address, 'socket_address', 'port_value')];
  return mayConnect(view, bootstrap).some((k) => k.host === host && k.port === port)
    ? undefined
    : `it leads to ${show(host)}:${show(port)}, which nobody declared`;
};

const clusterProblems = (view: View, bootstrap: Bootstrap): Problem[] =>
  clustersOf(bootstrap).flatMap(({ value, path }) => {
    const addresses = endpointsOf(value);
    const problems = [
      ...(isFixed(value) ? [] : ['where it leads is found out while it runs']),
      ...(addresses.length === 1 ? [] : [`it leads to ${addresses.length} places`]),
      ...addresses.flatMap((address) => addressProblem(view, bootstrap, address) ?? []),
    ];
    return problems.map((problem) => ({ object: ownerOf(bootstrap), path, problem }));
  });

/** Hosts behind a cluster. */
const hostsOf = (bootstrap: Bootstrap, name: unknown): readonly string[] =>
  clustersOf(bootstrap)
    .filter(({ value }) => value.name === name)
    .flatMap(({ value }) =>
      endpointsOf(value).map((a) => string(at(a, 'socket_address', 'address')) ?? 'the admin socket'),
    );

/** Actions of a route that bring a request, or a copy of it, somewhere else. */
const DETOURS = [
  'weighted_clusters',
  'cluster_header',
  'inline_cluster_specifier_plugin',
  'cluster_specifier_plugin',
  'request_mirror_policies',
  'internal_redirect_policy',
  'internal_redirect_action',
  'host_rewrite_header',
  'auto_host_rewrite',
];

const actionProblems = (route: Data): string[] => {
  if (route.redirect !== undefined || route.filter_action !== undefined || route.non_forwarding_action !== undefined)
    return ['it answers for somebody else'];
  if (route.direct_response !== undefined)
    return at(route, 'direct_response', 'body') === undefined ? [] : ['it answers with a file of its own'];
  return DETOURS.filter((key) => at(route, 'route', key) !== undefined).map(
    (key) => `${key} brings requests, or copies, somewhere else`,
  );
};

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, (c) => `\\${c}`);
const pattern = (path: string): string =>
  path
    .split('/')
    .map((segment) => (/^\{.*\}$/.test(segment) ? '[^/]+' : literal(segment)))
    .join('/');

const exact = (method: string, path: string): string => `${method} ${path}`;

const toolRoutes = (view: View, name: string, tool: Tool): readonly string[] => {
  if (tool.kind === 'opaqueHost') return [];
  if (tool.kind === 'mcpServer')
    return ['POST', 'GET', 'DELETE'].map((method) => exact(method, `/tools/${name}${tool.path}`));
  const used = new Set(Object.values(view.declaration.agents).flatMap((a) => a.tools));
  return Object.entries((tool as HttpApi).operations)
    .filter(([operation]) => used.has(`${name}.${operation}`))
    .map(([, { route }]) =>
      route.path.includes('{')
        ? `${route.method} ~${literal(`/tools/${name}`)}${pattern(route.path)}`
        : exact(route.method, `/tools/${name}${route.path}`),
    );
};

/** Paths and methods that exist at the back door, and the hosts they lead to: `POST /tools/tickets/mcp`. */
const declaredRoutes = (view: View, peers: boolean): ReadonlyMap<string, readonly string[]> => {
  const { models, tools } = view.declaration;
  const upstreams = declaredUpstreams(view);
  const hostOf = (prefix: string): string[] =>
    upstreams.flatMap((upstream) => (upstream.prefix === prefix ? [upstream.host] : []));
  const agent = (name: string): string[] => [view.names.agentHost(name), `${view.names.agentHost(name)}.cluster.local`];
  return new Map([
    ...(peers ? [] : Object.entries(models)).flatMap(([name, model]) =>
      (protocolOf(model) === 'anthropic'
        ? ['/v1/messages', '/v1/messages/count_tokens']
        : ['/v1/chat/completions']
      ).map((p) => [exact('POST', `/models/${name}${p}`), hostOf(`/models/${name}`)] as const),
    ),
    ...Object.entries(tools)
      .filter(([, { kind }]) => (kind === 'peer') === peers)
      .flatMap(([name, tool]) =>
        toolRoutes(view, name, tool).map(
          (route) => [route, tool.kind === 'peer' ? agent(tool.agent) : hostOf(`/tools/${name}`)] as const,
        ),
      ),
  ]);
};

/** A route of the back door, as {@link declaredRoutes} writes it. */
const written = (route: Data): string => {
  const match = record(route.match);
  const headers = records(match.headers);
  const method =
    headers.length === 1 && headers[0]?.name === ':method' ? at(headers[0], 'string_match', 'exact') : undefined;
  const regex = at(match, 'safe_regex', 'regex');
  return `${show(method)} ${regex === undefined ? show(match.path) : `~${String(regex).replace(/\\([/-])/g, '$1')}`}`;
};

const backProblems = (view: View, bootstrap: Bootstrap, host: Data): string[] => {
  const peers = peersDomain(view);
  const declared = declaredRoutes(view, peers !== undefined && same(host.domains, [peers]));
  return records(host.routes).flatMap((route) => {
    if (isTunnel(route)) return [];
    const name = written(route);
    const wanted = declared.get(name);
    if (wanted === undefined) return [`${name} has a route, and nobody declared it`];
    const hosts = hostsOf(bootstrap, at(route, 'route', 'cluster'));
    return hosts.length === 1 && wanted.includes(hosts[0] ?? '')
      ? []
      : [`${name} leads to ${hosts.join(', ') || 'nowhere'}, not to ${show(wanted[0])}`];
  });
};

const frontProblems = (view: View, bootstrap: Bootstrap, routes: readonly Data[]): string[] =>
  routes.flatMap((route) => {
    const prefix = string(at(route, 'match', 'prefix')) ?? '';
    const agent = Object.keys(view.declaration.agents).find((a) => prefix === `/agents/${a}/`);
    const hosts = hostsOf(bootstrap, at(route, 'route', 'cluster'));
    const host = agent === undefined ? undefined : view.names.agentHost(agent);
    return host !== undefined && hosts.every((h) => h === host || h === `${host}.cluster.local`)
      ? []
      : [`${prefix || show(route.match)} leads to ${hosts.join(', ')}`];
  });

/** The sidecar: in to its agent, out to the gateway. */
const sidecarProblems = (bootstrap: Bootstrap, listener: Data, routes: readonly Data[]): string[] => {
  const { loopback, port } = addressOf(listener);
  if (port === PORT.metrics) return [];
  return routes.flatMap((route) => {
    const hosts = hostsOf(bootstrap, at(route, 'route', 'cluster'));
    const fits = loopback ? hosts.every((h) => h.startsWith('gateway.')) : hosts.every((h) => h === '127.0.0.1');
    return fits ? [] : [`${show(route.name)} leads to ${hosts.join(', ')}`];
  });
};

/** Names under which a door of the gateway answers; undefined for its other ports. */
const hostsOfDoor = (view: View, port: number): readonly string[] | undefined => {
  if (port === PORT.https) return [entriesOf(view.declaration)[0].host];
  const peers = peersDomain(view);
  return port === PORT.back
    ? [view.names.service('gateway'), ...(peers === undefined ? [] : [peers]), ...tunnelDomains(view)]
    : undefined;
};

/** What a door of the gateway has behind it. */
const doorProblems = (view: View, bootstrap: Bootstrap, port: number, virtual: readonly Data[]): string[] => {
  const domains = virtual.flatMap((h) => strings(h.domains));
  const hosts = hostsOfDoor(view, port);
  return [
    ...(port === PORT.back ? virtual.flatMap((host) => backProblems(view, bootstrap, host)) : []),
    ...(port === PORT.https ? virtual.flatMap((host) => frontProblems(view, bootstrap, records(host.routes))) : []),
    ...(hosts !== undefined && !same(domains, hosts) ? [`it answers for ${show(domains)}`] : []),
  ];
};

const routeProblems = (view: View, bootstrap: Bootstrap): Problem[] =>
  listenersOf(bootstrap).flatMap(({ value, path }) => {
    const { port } = addressOf(value);
    const managers = chainsOf(value).flatMap((chain) => managersOf(chain) ?? []);
    const routes = managers.flatMap(routesOf);
    const virtual = managers.flatMap((m) => records(at(m, 'route_config', 'virtual_hosts')));
    const problems = [
      ...routes.flatMap(actionProblems),
      ...routes.filter(isTunnel).flatMap((route) => tunnelProblems(view, bootstrap, value, route)),
      ...(bootstrap.role === 'gateway'
        ? doorProblems(view, bootstrap, port, virtual)
        : sidecarProblems(bootstrap, value, routes)),
      ...(list(value.listener_filters).length > 0 || value.use_original_dst === true
        ? ['it takes connections meant for somebody else']
        : []),
    ];
    return problems.map((problem) => ({ object: ownerOf(bootstrap), path, problem }));
  });

export const rule: Rule = {
  id: 'upstreams-are-declared',
  layer: 'guard',
  info: 'An Envoy has a cluster or a route that nobody declared, or one that leads somewhere else.',
  explanation:
    'what has no route cannot be asked for, by mistake or by injection: the list of routes is the list of what agents can do, and a tunnel that nobody declared is a way to anywhere',
  fix: 'declare the upstream and its operations; clusters and routes are written from them',
  check: (view) => bootstraps(view).flatMap((b) => [...clusterProblems(view, b), ...routeProblems(view, b)]),
};
