import { hostOf, InCluster, type InClusterService } from '../../lib/declaration/endpoint';
import { checkDeclaration, type EnvironmentDeclaration } from '../../lib/declaration/environment';
import { authOf, HostedModel } from '../../lib/declaration/model';
import { withProviders } from '../../lib/declaration/people';
import { SecretKey } from '../../lib/declaration/secret-key';
import { State } from '../../lib/declaration/state';
import { upstreamTools } from '../../lib/declaration/tool';

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

const at = (twin: string, name: 'upstream' | 'database'): InClusterService =>
  InCluster.service(name, { namespace: neighboursOf(twin), port: PORTS[name], pods: neighbour(name), ca: TWIN_CA });

/** The issuer of a twin's people. @param provider its name, where there are several */
export const issuerOf = (twin: string, provider?: string): string =>
  `https://${hostOf(at(twin, 'upstream'))}:${PORTS.upstream}${provider === undefined ? '' : `/${provider}`}`;

/**
 * A copy that may run: every model, tool and identity provider is one upstream of the proof's own, and its state an
 * empty database. What agents may do, who may ask them, and how it is judged, is as declared.
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
    tools: { ...copy.tools, ...here(Object.fromEntries(upstreamTools(copy.tools))) },
    state: State.postgres(at(copy.name, 'database'), {
      database: DATABASE,
      user: DATABASE,
      password: TWIN_PASSWORD,
    }),
  });
}
