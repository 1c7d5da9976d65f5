import type { Envoy } from '../../lib/gateway/envoy';

/** Readers of finished bootstraps. They know Envoy's API, and nothing of how Firepit builds it. */

// biome-ignore lint/suspicious/noExplicitAny: finished JSON of a foreign schema
export type Json = any;

export const plain = (bootstrap: Envoy): Json => JSON.parse(JSON.stringify(bootstrap));

export const listeners = (bootstrap: Json): Json[] => bootstrap.static_resources.listeners;
export const clusters = (bootstrap: Json): Json[] => bootstrap.static_resources.clusters;
export const listener = (bootstrap: Json, name: string): Json => listeners(bootstrap).find((l) => l.name === name);
export const clusterNamed = (bootstrap: Json, name: string): Json => clusters(bootstrap).find((c) => c.name === name);

/** Connection managers of a listener, whatever the number of chains. */
export const managers = (of: Json): Json[] =>
  of.filter_chains.flatMap((chain: Json) => chain.filters.map((filter: Json) => filter.typed_config));
export const hosts = (of: Json): Json[] => managers(of).flatMap((m) => m.route_config.virtual_hosts);
export const routes = (of: Json): Json[] => hosts(of).flatMap((host) => host.routes);

/** Every object in a tree. */
export function* objects(value: Json): Generator<Json> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value;
  for (const inner of Object.values(value)) yield* objects(inner);
}
export const httpOptions = (cluster: Json): Json =>
  cluster.typed_extension_protocol_options?.['envoy.extensions.upstreams.http.v3.HttpProtocolOptions'];
export const upstreamFilters = (cluster: Json): Json[] => httpOptions(cluster)?.http_filters ?? [];

/** Names that a TLS context accepts. */
export const acceptedNames = (socket: Json): string[] => {
  const common = socket.typed_config.common_tls_context;
  const context = common.validation_context ?? common.combined_validation_context?.default_validation_context;
  return (context?.match_typed_subject_alt_names ?? []).map((san: Json) => san.matcher.exact);
};

/** Whether a route takes a request. */
export const takes = (route: Json, method: string, path: string): boolean => {
  const { match } = route;
  const methods = (match.headers ?? []).map((header: Json) => header.string_match.exact);
  if (methods.length > 0 && !methods.includes(method)) return false;
  if (match.path !== undefined) return match.path === path;
  if (match.prefix !== undefined) return path.startsWith(match.prefix);
  return new RegExp(`^(?:${match.safe_regex.regex})$`).test(path);
};
