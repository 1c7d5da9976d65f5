import type { EnvironmentDeclaration, FoundationDeclaration } from './declaration';

/** By construct of an environment: the parts of the declaration that decide what stands in its objects. */
const ORIGINS: Readonly<Record<string, readonly string[]>> = {
  namespaces: ['owner', 'suppressions', 'models', 'platform'],
  network: ['host', 'agents', 'models', 'tools', 'users', 'state', 'platform'],
  'gateway-address': ['platform'],
  unchanged: [],
  controls: ['owner', 'platform'],
  foundation: ['platform'],
  quarantine: ['platform'],
  gateway: ['host', 'agents', 'models', 'tools', 'approvals', 'images', 'platform'],
  'agent-pods': ['agents', 'models', 'tools', 'approvals', 'images', 'platform'],
  'expose-gateway': ['host', 'platform'],
  'expose-approvals': ['approvals', 'platform'],
  signatures: ['supplyChain', 'images', 'agents', 'models'],
  models: ['models'],
  falco: ['agents', 'models'],
  warden: ['agents', 'models', 'state', 'images', 'platform'],
  containment: ['models'],
  'model-pods': ['models', 'approvals', 'images', 'platform'],
  certificates: ['host', 'approvals', 'agents', 'models', 'state', 'platform'],
  governor: ['agents', 'models', 'tools', 'users', 'approvals', 'state', 'images', 'platform'],
  ledger: ['state', 'images', 'platform'],
  database: ['state', 'images', 'platform'],
  audit: [],
  approvals: ['approvals', 'users', 'agents', 'state', 'images', 'platform'],
  scrape: ['platform'],
  alerts: ['owner', 'approvals'],
  dashboard: [],
  'control-pods': ['host', 'agents', 'models', 'tools', 'users', 'approvals', 'state', 'images', 'platform'],
};
/** The same of a foundation. */
const OF_FOUNDATION: Readonly<Record<string, readonly string[]>> = {
  namespace: ['owner', 'environments', 'platform', 'falco', 'suppressions'],
  pods: ['falco', 'relay', 'environments'],
  'catch-all': ['environments'],
  falco: ['falco', 'relay', 'environments', 'platform'],
  watch: ['owner'],
};
/** An agent's own objects, beside what it declares itself. */
const OF_AGENT: readonly string[] = ['models', 'tools', 'approvals', 'images', 'platform'];

/**
 * Where in its declaration an object comes from: the name of the environment first, then all that decides about it.
 * @param construct path of the construct that made it, from the app down
 * @returns undefined for an object that the app adds by itself
 */
export function originsOf(
  construct: string,
  declaration: EnvironmentDeclaration | FoundationDeclaration,
): readonly string[] | undefined {
  const [environment, id = ''] = construct.split('/');
  if (environment !== declaration.name) return undefined;
  if ('falco' in declaration) return Object.hasOwn(OF_FOUNDATION, id) ? OF_FOUNDATION[id] : undefined;
  const agent = Object.keys(declaration.agents).find((name) => id === `agent-${name}`);
  if (agent !== undefined) return ['name', `agents.${agent}`, ...OF_AGENT];
  const model = Object.keys(declaration.models).find((name) => id === `model-${name}`);
  if (model !== undefined) return ['name', `models.${model}`, 'approvals', 'images', 'platform'];
  if (id.startsWith('quota-')) return ['name', 'agents', 'models', 'state'];
  return Object.hasOwn(ORIGINS, id) ? ['name', ...(ORIGINS[id] ?? [])] : undefined;
}
