import type { Context } from '../context';
import type { OpaqueHost } from '../declaration';
import { hostOf } from '../declaration/endpoint';
import { tunnelTo } from '../declaration/opaque-host';
import { opaqueHosts } from '../declaration/tool';
import type { EnvVar } from '../k8s';
import { inPieces } from './decision';
import { type Envoy, seconds } from './envoy';
import { fromAnswers, intoTunnels, toUpstreams } from './headers';
import { holdSeconds } from './limits';
import { OUTBOUND, usersOfTool } from './paths';
import { onlyFor } from './routes';
import { toolCluster } from './upstream';

/** Opaque hosts with the agents that may tunnel there; without any there is no way. */
const used = (context: Context): { name: string; tool: OpaqueHost; agents: string[] }[] =>
  opaqueHosts(context.declaration.tools).flatMap(([name, tool]) => {
    const agents = usersOfTool(context.declaration, name, ['connect']);
    return agents.length === 0 ? [] : [{ name, tool, agents }];
  });

const ofAgent = (context: Context, agent: string) => used(context).filter(({ agents }) => agents.includes(agent));

/** One virtual host for all of them; a route is that of a host and a port, exactly as declared. */
const tunnels = (
  hosts: readonly { readonly name: string; readonly tool: OpaqueHost; readonly route: Envoy }[],
  headers: readonly string[],
): Envoy[] =>
  hosts.length === 0
    ? []
    : [
        {
          name: 'tunnels',
          domains: [...new Set(hosts.map(({ tool }) => hostOf(tool.at)))],
          request_headers_to_remove: headers,
          response_headers_to_remove: fromAnswers,
          routes: hosts.map(({ name, tool, route }) => ({
            name: `tools/${name}.connect`,
            match: {
              connect_matcher: {},
              headers: [{ name: ':authority', string_match: { exact: tunnelTo(tool.at) } }],
            },
            ...route,
          })),
        },
      ];

/** The sidecar hands the CONNECT of its agent on, as one. */
export const sidecarTunnels = (context: Context, agent: string, gateway: string): Envoy[] =>
  tunnels(
    ofAgent(context, agent).map((one) => ({
      ...one,
      route: { route: { cluster: gateway, timeout: '0s', upgrade_configs: [{ upgrade_type: 'CONNECT' }] } },
    })),
    intoTunnels(context.declaration),
  );

/**
 * The gateway ends the CONNECT, and what comes in it goes to the declared host. The governor sees each piece both ways,
 * counts it and holds the time; Envoy's own limit is further, because time in which people decide is not the tunnel's.
 */
export const gatewayTunnels = (context: Context): Envoy[] =>
  tunnels(
    used(context).map(({ name, tool, agents }) => {
      const longest = holdSeconds(context.declaration.approvals.deadline.seconds) + tool.caps.duration.seconds;
      return {
        name,
        tool,
        route: {
          route: {
            cluster: toolCluster(name),
            timeout: '0s',
            max_stream_duration: { max_stream_duration: seconds(longest) },
            upgrade_configs: [{ upgrade_type: 'CONNECT', connect_config: {} }],
          },
          typed_per_filter_config: { ...onlyFor(context, agents), ...inPieces },
        },
      };
    }),
    toUpstreams(context.declaration),
  );

/** What programs read by themselves to find the proxy, in both spellings; base URLs on loopback go past it. */
export const proxyEnv = (context: Context, agent: string): EnvVar[] =>
  ofAgent(context, agent).length === 0
    ? []
    : ['HTTPS_PROXY', 'https_proxy']
        .map((name) => ({ name, value: OUTBOUND }))
        .concat(['NO_PROXY', 'no_proxy'].map((name) => ({ name, value: '127.0.0.1,localhost' })));
