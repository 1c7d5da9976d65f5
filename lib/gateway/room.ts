import type { Context } from '../context';
import { controlReplicas } from '../control-plane';
import { LIMITS } from './limits';

/** Envoy's own limit of a cluster, where a configuration says nothing (circuit_breaker.proto). */
const USUAL = 1_024;

/**
 * Requests that a gateway has open at once to the governor, or to one upstream: as many as all agents together may have
 * under way, asking and being asked. Envoy's limit counts everybody, so below this one agent could use it up.
 */
export const roomOf = ({ declaration }: Context): number =>
  Math.max(USUAL, 2 * Object.keys(declaration.agents).length * controlReplicas(declaration) * LIMITS.agentCalls);
