import { PORT } from '../names';
import { addressOf, type Bootstrap, clustersOf, endpointsOf } from './envoy';
import { agentOf } from './pods';
import { declaredUpstreams, type Upstream } from './upstreams';
import { at, type Data, record, records, same, show, string } from './values';
import type { View } from './view';

/** Whether a route makes a tunnel, or could. */
export const isTunnel = (route: Data): boolean =>
  at(route, 'match', 'connect_matcher') !== undefined || at(route, 'route', 'upgrade_configs') !== undefined;

/** Opaque hosts that an Envoy may make tunnels to: the gateway to all that are used, a sidecar to those of its agent. */
const hostsOf = (view: View, { role, pod }: Bootstrap): readonly Upstream[] => {
  const all = declaredUpstreams(view).filter(({ tunnel }) => tunnel !== undefined);
  if (role === 'gateway') return all;
  const agent = role === 'sidecar' ? agentOf(view.declaration, pod)?.[1] : undefined;
  return all.filter(({ tunnel }) => agent?.tools.includes(`${tunnel}.connect`));
};

/** Names that the door for agents answers for, beside the gateway's own. */
export const tunnelDomains = (view: View): readonly string[] => [
  ...new Set(declaredUpstreams(view).flatMap(({ tunnel, host }) => (tunnel === undefined ? [] : [host]))),
];

/** The host and port that a route takes a CONNECT for, and no other. */
const targetOf = (route: Data): string | undefined => {
  const match = record(route.match);
  const [header, ...more] = records(match.headers);
  if (header === undefined || more.length > 0 || !same(match.connect_matcher, {})) return undefined;
  if (Object.keys(match).length !== 2 || header.name !== ':authority') return undefined;
  return Object.keys(header).length === 2 ? string(at(header, 'string_match', 'exact')) : undefined;
};

/** Agents that may take a route for tunnels, and what it is a tunnel to. */
export function tunnelUsers(view: View, route: Data): { readonly to: string; readonly users: readonly string[] } {
  const target = targetOf(route);
  const host = declaredUpstreams(view).find((known) => `${known.host}:${known.port}` === target && known.tunnel);
  const users = Object.entries(view.declaration.agents).filter(
    ([, agent]) => host !== undefined && agent.tools.includes(`${host.tunnel}.connect`),
  );
  return { to: target ?? 'a tunnel', users: users.map(([agent]) => view.names.agentHost(agent)) };
}

/** Where a tunnel goes: at the gateway to its host, which it reaches in plain; in a sidecar to the gateway, as it came. */
const leads = (bootstrap: Bootstrap, route: Data, { host, port }: Upstream): boolean => {
  const places = clustersOf(bootstrap)
    .filter(({ value }) => value.name === at(route, 'route', 'cluster'))
    .flatMap(({ value }) => endpointsOf(value).map((address) => record(address.socket_address)));
  const [place, ...more] = places;
  if (place === undefined || more.length > 0) return false;
  if (bootstrap.role === 'gateway') return place.address === host && place.port_value === port;
  return String(place.address).startsWith('gateway.') && place.port_value === PORT.back;
};

/** What is wrong with a route that makes tunnels. */
export function tunnelProblems(view: View, bootstrap: Bootstrap, listener: Data, route: Data): string[] {
  const target = targetOf(route);
  const host = hostsOf(view, bootstrap).find((known) => `${known.host}:${known.port}` === target);
  const { port, loopback } = addressOf(listener);
  const door = bootstrap.role === 'gateway' ? port === PORT.back : loopback && port === PORT.outbound;
  if (host === undefined || !door) return [`it makes tunnels to ${show(target)}, which nobody declared here`];
  const wanted = [{ upgrade_type: 'CONNECT', ...(bootstrap.role === 'gateway' ? { connect_config: {} } : {}) }];
  return [
    ...(leads(bootstrap, route, host) ? [] : [`its tunnels to ${target} lead somewhere else`]),
    ...(same(at(route, 'route', 'upgrade_configs'), wanted) ? [] : [`its tunnels to ${target} become something else`]),
  ];
}
