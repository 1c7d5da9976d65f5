import type { EnvironmentDeclaration } from '../../lib/declaration';
import { hostOf } from '../../lib/declaration/endpoint';
import { checkDeclaration } from '../../lib/declaration/environment';
import { withProviders } from '../../lib/declaration/people';
import { upstreamTools } from '../../lib/declaration/tool';
import { SYSTEM_NAMESPACE } from '../../lib/names';

/**
 * The same declaration under another name, its neighbours in namespaces that nobody uses: measuring puts pods with the
 * labels of name servers, proxies and collectors there, and those must not get the cluster's own traffic. What the
 * platform fixes stays: OpenShift's name servers and ingress, and Falco's namespace.
 */
export const relocated = (declaration: EnvironmentDeclaration, name: string): EnvironmentDeclaration => {
  const moved = new Map<string, string>();
  const move = (namespace: string): string => {
    if (namespace === SYSTEM_NAMESPACE) return namespace;
    const to = moved.get(namespace) ?? `${name}-peer-${moved.size + 1}`;
    moved.set(namespace, to);
    return to;
  };
  const at = <T extends object>(place: T): T =>
    'namespace' in place && typeof place.namespace === 'string'
      ? { ...place, namespace: move(place.namespace) }
      : place;
  const upstreams = <T extends object>(all: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(
      Object.entries(all).map(([key, upstream]) => [
        key,
        'at' in upstream ? { ...upstream, at: at(upstream.at as object) } : upstream,
      ]),
    );
  const { host, platform, state, users } = declaration;
  return checkDeclaration({
    ...declaration,
    name,
    host: typeof host === 'string' ? host : { ...host, from: host.from.map(at) },
    platform: {
      ...platform,
      monitoring: at(platform.monitoring),
      telemetry: at(platform.telemetry),
      ...(platform.kind === 'kubernetes' && {
        dns: at(platform.dns),
        ingress: { ...platform.ingress, proxies: at(platform.ingress.proxies) },
      }),
    },
    users: withProviders(users, (provider) => {
      if (provider.at === undefined) return provider;
      const to = at(provider.at);
      return { ...provider, at: to, issuer: provider.issuer.replace(hostOf(provider.at), hostOf(to)) };
    }),
    state: state.kind === 'postgres' ? { ...state, at: at(state.at) } : state,
    models: upstreams(declaration.models),
    tools: { ...declaration.tools, ...upstreams(Object.fromEntries(upstreamTools(declaration.tools))) },
  });
};
