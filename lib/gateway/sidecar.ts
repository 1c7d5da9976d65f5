import type { Context } from '../context';
import type { HostedModel } from '../declaration';
import { protocolOf } from '../declaration/model';
import { container, healthProbe } from '../isolation/pod';
import type { Container, EnvVar, Volume } from '../k8s';
import { audienceOf, digestName, objectName, PORT, UID } from '../names';
import { identitySecret } from '../runtime/objects';
import { ENVOY, SIDECAR_ARGS } from './command';
import { configMount, IDENTITY, type Mount, memoryMount, secretMount, TOKEN, tokenMount } from './mounts';
import { modelsOf, modelUrl, toolsOf, toolUrl } from './paths';
import { CONFIG_DIRECTORY } from './sds';
import { ADMIN_DIRECTORY, HEALTH } from './service-listeners';
import { SIDECAR_MEMORY, sidecarFiles } from './sidecar-bootstrap';
import { proxyEnv } from './tunnels';

/** What an agent's pod gets of its sidecar. */
export interface SidecarParts {
  /** Immutable ConfigMap. */
  readonly config: { readonly name: string; readonly data: Readonly<Record<string, string>> };
  /** The native sidecar, an init container. */
  readonly container: Container;
  readonly volumes: readonly Volume[];
  /** Environment of the agent's container: where its models and tools are. No credential. */
  readonly env: readonly EnvVar[];
}

/** Variables that the clients of a protocol read. Their clients refuse to start without a key, so they get a word that is none. */
const CLIENT: { readonly [K in HostedModel['kind']]: { readonly url: string; readonly key: string } } = {
  anthropic: { url: 'ANTHROPIC_BASE_URL', key: 'ANTHROPIC_API_KEY' },
  openai: { url: 'OPENAI_BASE_URL', key: 'OPENAI_API_KEY' },
};
/** Stands where a client wants a key. The gateway removes it and adds the real one. */
export const NO_KEY = 'added-by-the-gateway';

const variable = (kind: 'MODEL' | 'TOOL', name: string): string =>
  `FIREPIT_${kind}_${objectName(name).toUpperCase().replaceAll('-', '_')}_URL`;

/**
 * Where an agent finds what it may use. Each model and tool has a variable of its own; the variables that clients read
 * by themselves name the first model of their protocol, in the order of the agent's `models`.
 */
export const agentEnv = (context: Context, agent: string): EnvVar[] => {
  const models = modelsOf(context, agent);
  const values = new Map<string, string>();
  for (const [name, model] of models) {
    const client = CLIENT[protocolOf(model)];
    if (!values.has(client.url)) values.set(client.url, modelUrl(name, model)).set(client.key, NO_KEY);
  }
  for (const [name, model] of models) values.set(variable('MODEL', name), modelUrl(name, model));
  for (const [name, tool] of toolsOf(context, agent)) values.set(variable('TOOL', name), toolUrl(name, tool));
  return [...[...values].map(([name, value]) => ({ name, value })), ...proxyEnv(context, agent)];
};

/** Envoy beside whatever it speaks for, with what it mounts. */
export const sidecarContainer = (context: Context, mounts: readonly Mount[]): Container =>
  container(context, {
    name: 'sidecar',
    image: context.declaration.images.images.envoy,
    uid: UID.sidecar,
    command: ENVOY,
    args: SIDECAR_ARGS,
    ports: { https: PORT.https, health: PORT.health, metrics: PORT.metrics },
    mounts: mounts.map(({ mount }) => mount),
    cpu: '200m',
    memory: SIDECAR_MEMORY.limit,
    sidecar: true,
    // What it speaks for starts when it is ready (an agent's: has reached the gateway with its certificate), not before.
    startup: { ...healthProbe(HEALTH.ready, PORT.health, 2), failureThreshold: 300 },
    readiness: healthProbe(HEALTH.ready, PORT.health),
    liveness: healthProbe(HEALTH.live, PORT.health, 10),
  });

/** Everything an agent's pod needs for its sidecar. */
export const sidecarParts = (context: Context, agent: string): SidecarParts => {
  const data = sidecarFiles(context, agent);
  const name = digestName(`${objectName(agent)}-sidecar`, data);
  const mounts = [
    configMount('sidecar-config', CONFIG_DIRECTORY, name),
    secretMount('sidecar-identity', IDENTITY, identitySecret(agent)),
    tokenMount('sidecar-token', TOKEN.directory, TOKEN.file, audienceOf(context.names.environment)),
    memoryMount('sidecar-admin', ADMIN_DIRECTORY),
  ];
  return {
    config: { name, data },
    container: sidecarContainer(context, mounts),
    volumes: mounts.map(({ volume }) => volume),
    env: agentEnv(context, agent),
  };
};
