import { Duration } from '../../lib/declaration/duration';
import { hostOf, InCluster, type InClusterService } from '../../lib/declaration/endpoint';
import { checkDeclaration, type EnvironmentDeclaration } from '../../lib/declaration/environment';
import { authOf, HostedModel } from '../../lib/declaration/model';
import type { OpaqueHost } from '../../lib/declaration/opaque-host';
import { withProviders } from '../../lib/declaration/people';
import { SecretKey } from '../../lib/declaration/secret-key';
import { State } from '../../lib/declaration/state';
import { opaqueHosts, upstreamTools } from '../../lib/declaration/tool';

/** Secret with the certificate of the authority that signed whatever a twin leans on. */
export const TWIN_CA = SecretKey.of('firepit-proof', 'ca.crt');
/** Secret with the password of a twin's database. */
export const TWIN_PASSWORD = SecretKey.of('firepit-proof', 'password');
/** The namespace of what a twin leans on. */
export const neighboursOf = (twin: string): string => `${twin}-neighbours`;
/** Labels of the pods there, which are their names as well. */
export const neighbour = (name: 'upstream' | 'database' | 'people') => ({ 'firepit.dev/proof': name });
export const PORTS = { upstream: 8443, database: 5432 } as const;
/** Database and user of a twin. */
export const DATABASE = 'firepit';

/** Caps of a twin's tunnels at most: what they hold is tried to its end. */
const MOST = { bytes: 256 * 1024, seconds: 10 } as const;

const at = (twin: string, name: 'upstream' | 'database'): InClusterService =>
  InCluster.service(name, { namespace: neighboursOf(twin), port: PORTS[name], pods: neighbour(name), ca: TWIN_CA });

/** Services of the upstream under which it is what tunnels lead to: a host and port is one tool's alone. */
export const tunnelServices = ({ tools }: Pick<EnvironmentDeclaration, 'tools'>): string[] =>
  opaqueHosts(tools).map((_, i) => `tunnelled-${i}`);

/** Opaque hosts as the upstream is; its client verifies it, not the gateway. */
function tunnelled(copy: EnvironmentDeclaration): Record<string, OpaqueHost> {
  const { ca: _, ...upstream } = at(copy.name, 'upstream');
  const services = tunnelServices(copy);
  return Object.fromEntries(
    opaqueHosts(copy.tools).map(([name, host], i) => {
      const { bytes, connections, duration } = host.caps;
      const caps = {
        bytes: Math.min(bytes, MOST.bytes),
        connections,
        duration: Duration.seconds(Math.min(duration.seconds, MOST.seconds)),
      };
      return [name, { ...host, at: { ...upstream, service: services[i] ?? '' }, caps }];
    }),
  );
}

/** The issuer of a twin's people. @param provider its name, where there are several */
export const issuerOf = (twin: string, provider?: string): string =>
  `https://${hostOf(at(twin, 'upstream'))}:${PORTS.upstream}${provider === undefined ? '' : `/${provider}`}`;

/**
 * A copy that may run: every model, tool and identity provider is one upstream of the proof's own, and its state an
 * empty database. What agents may do, who may ask them, and how it is judged, is as declared; tunnels hold less.
 */
export function twinOf(copy: EnvironmentDeclaration): EnvironmentDeclaration {
  const upstream = at(copy.name, 'upstream');
  const here = <T extends object>(all: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(all).map(([name, one]) => [name, { ...one, at: upstream }]));
  return checkDeclaration({
    ...copy,
    models: here(
      Object.fromEntries(
        Object.entries(copy.models).map(([name, model]) => [
          name,
          model.kind === 'selfHosted' ? HostedModel.openai({ names: model.names, auth: authOf(model) }) : model,
        ]),
      ),
    ),
    users: withProviders(copy.users, (provider, name) => ({
      ...provider,
      issuer: issuerOf(copy.name, name),
      at: upstream,
    })),
    tools: { ...copy.tools, ...here(Object.fromEntries(upstreamTools(copy.tools))), ...tunnelled(copy) },
    state: State.postgres(at(copy.name, 'database'), {
      database: DATABASE,
      user: DATABASE,
      password: TWIN_PASSWORD,
    }),
  });
}
