import type { Context } from '../context';
import { controlReplicas } from '../control-plane';
import type { OpaqueHost } from '../declaration';
import { opaqueHosts } from '../declaration/tool';
import { LIMITS } from './limits';
import { usersOfTool } from './paths';

/** Envoy's own limit of a cluster, where a configuration says nothing (circuit_breaker.proto). */
const USUAL = 1_024;

/**
 * Requests that a gateway has open at once to the governor, or to one upstream: as many as all agents together may have
 * under way, asking and being asked. Envoy's limit counts everybody, so below this one agent could use it up.
 */
export const roomOf = (context: Context): number => {
  const { agents, tools } = context.declaration;
  const calls = 2 * Object.keys(agents).length * controlReplicas(context.declaration) * LIMITS.agentCalls;
  const tunnels = opaqueHosts(tools).reduce((sum, [name, tool]) => sum + tunnelRoom(context, name, tool), 0);
  return Math.max(USUAL, calls) + tunnels;
};

/** Tunnels that a gateway has open at once to an opaque host: as many as the governors let all its users have. */
export const tunnelRoom = ({ declaration }: Context, name: string, { caps }: OpaqueHost): number =>
  caps.connections * usersOfTool(declaration, name, ['connect']).length * controlReplicas(declaration);
