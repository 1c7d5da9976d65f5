import type { EnvironmentDeclaration } from '../declaration';
import { upstreamTools } from '../declaration/tool';
import { placedModels } from '../model-place';

/** Headers of Firepit's own. */
export const HEADER = {
  /** Back: the sidecar's audience-bound token. A header of its own, so that `authorization` is never anybody's but the upstream's. */
  token: 'x-firepit-token',
  /** The run: set by the governor at the front, carried by the agent, read by the governor at the back. */
  run: 'x-firepit-run',
  /** gRPC metadata of the governor's stream: `front` or `back`, set by Envoy's configuration. */
  door: 'firepit-door',
} as const;

/** Where a caller could bring a credential of its own. */
const CREDENTIALS = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'x-auth-token',
  'x-amz-security-token',
];

/** What tells about the way a request came. */
const TRAIL = [
  'x-forwarded-client-cert',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-envoy-external-address',
  'x-envoy-internal',
  'forwarded',
  'via',
  'x-real-ip',
  'x-original-url',
  'x-rewrite-url',
];

const declaredHeaders = (declaration: EnvironmentDeclaration): string[] =>
  [...placedModels(declaration), ...upstreamTools(declaration.tools)].flatMap(([, { auth }]) =>
    auth.kind === 'apiKey' ? [auth.header] : [],
  );

const unique = (...headers: readonly string[]): string[] => [...new Set(headers)];

/** What an agent may not bring along: removed by its sidecar, and by the gateway, which does not trust the sidecar. */
export const fromAgents = (declaration: EnvironmentDeclaration): string[] =>
  unique(...CREDENTIALS, ...declaredHeaders(declaration), ...TRAIL);

/** What an agent may not bring along when it asks for a tunnel: its client has no other place for the handle of the run. */
export const intoTunnels = (declaration: EnvironmentDeclaration): string[] =>
  fromAgents(declaration).filter((header) => header !== 'proxy-authorization');

/** What never reaches an upstream. The gateway's own credential is added after this removal. */
export const toUpstreams = (declaration: EnvironmentDeclaration): string[] =>
  unique(...fromAgents(declaration), HEADER.token, HEADER.run, 'x-forwarded-proto');

/** What one agent cannot bring to another: all but the handle, which the governor gave. */
export const toPeers = (declaration: EnvironmentDeclaration): string[] =>
  toUpstreams(declaration).filter((header) => header !== HEADER.run);

/** What never reaches an agent: the user's credential stops at the gateway. */
export const toAgents: readonly string[] = unique(...CREDENTIALS, ...TRAIL, HEADER.token);

/** What an answer may not carry past the gateway: state in a browser, and rights for other sites. */
export const fromAnswers: readonly string[] = [
  'set-cookie',
  'clear-site-data',
  'alt-svc',
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'x-powered-by',
];

/**
 * All agents answer under one host, so what they send must not run in a browser there: a page of one agent could
 * otherwise call another with the user's rights (CSP level 3, `sandbox`).
 */
export const inertAnswers: Readonly<Record<string, string>> = {
  'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'strict-transport-security': 'max-age=31536000',
};
