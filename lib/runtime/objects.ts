import { objectName } from '../names';

/** ConfigMap in `E-control` with one key per contained agent. Admission refuses new pods of those. */
export const CONTAINMENT_RECORD = 'containment';
/** ConfigMap in `E-control` where the warden publishes the environment's CA certificate. */
export { CA_BUNDLE } from '../platform/kubernetes';

/** Secret in the agents' namespace that carries an agent's leaf certificate while the agent is not contained. */
export const identitySecret = (agent: string): string => `${objectName(agent)}-identity`;

/** Secret in `E-control`, made by the user, with the CA (`ca.crt`) of the certificate that Falco shows. */
export const FALCO_CLIENT_CA = 'falco-client-ca';

/** Containers of an agent's pod and of a model's, as rules know them. */
export const WATCHED = { agent: 'agent', sidecar: 'sidecar', model: 'model', verify: 'verify' } as const;
/** The one executable of a sidecar. */
export const SIDECAR_EXECUTABLE = '/usr/local/bin/envoy';
