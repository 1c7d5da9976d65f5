/** Front and back: the gateway's Envoy and the agents' sidecars. */
export { GATEWAY_SECRETS, Gateway } from './gateway';
export { gatewayBootstrap } from './gateway-bootstrap';
export { HEADER } from './headers';
export { holdSeconds, JSON_DEPTH, LIMITS } from './limits';
export { MCP_METHODS, MODEL_API, modelUrl, toolUrl } from './paths';
export { HEALTH, METRICS_PATH } from './service-listeners';
export { agentEnv, NO_KEY, type SidecarParts, sidecarParts } from './sidecar';
export { sidecarBootstrap } from './sidecar-bootstrap';
export { secretKeysOf } from './upstream';
