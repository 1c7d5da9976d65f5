import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contextOf } from '../lib/context';
import { FRONT_TLS, GATEWAY_TLS } from '../lib/gateway/gateway-bootstrap';
import { IDENTITY, TOKEN } from '../lib/gateway/mounts';
import { HEALTH } from '../lib/gateway/service-listeners';
import { secretDirectory, secretKeysOf, upstreamsOf } from '../lib/gateway/upstream';
import { DEFAULT_AGENT_PORT, namesOf, PORT } from '../lib/names';
import { EnvoyProcess } from './envoy';
import type { Generated } from './generated';
import { freePorts, get } from './loopback';
import type { Leaf } from './pki';
import { mountFiles, SYSTEM_CA_FILE, withLoopbackUpstreams, writeConfig } from './places';
import { credentialOf } from './upstreams';

const tlsFiles = ({ cert, key, ca }: Leaf): Record<string, string> => ({
  'tls.crt': cert,
  'tls.key': key,
  'ca.crt': ca,
});

/** Resolves when it is ready; what does not get ready is not left running. */
async function ready(what: string, envoy: EnvoyProcess, health: number): Promise<void> {
  try {
    await envoy.until(`${what} is ready`, async () => (await get(health, HEALTH.ready)) === 200, 30);
  } catch (error) {
    await envoy.stop();
    throw error;
  }
}

interface Props {
  readonly program: string;
  readonly root: string;
  readonly generated: Generated;
}

/** Ports of loopback where an agent finds its sidecar, and is found by it. */
export interface SidecarPorts {
  readonly inbound: number;
  readonly outbound: number;
}

export interface GatewayPlaces {
  /** Where its front listens. */
  readonly front: number;
  readonly back: number;
  /** `host:port` of everything that it asks, to ports of this machine. */
  readonly hosts: Readonly<Record<string, number>>;
}

/** The gateway on its generated bootstrap. */
export async function startGateway(
  { program, root, generated }: Props,
  leaves: { readonly gateway: Leaf; readonly front: Leaf },
  { front, back, hosts }: GatewayPlaces,
): Promise<EnvoyProcess> {
  const context = contextOf(generated.declaration);
  const [health, metrics] = (await freePorts(2)) as [number, number];
  mountFiles(root, GATEWAY_TLS, tlsFiles(leaves.gateway));
  mountFiles(root, FRONT_TLS, tlsFiles(leaves.front));
  const authorities = new Set(
    upstreamsOf(context).flatMap(({ at }) =>
      at.kind === 'external' || at.ca === undefined ? [] : [`${at.ca.secret}/${at.ca.key}`],
    ),
  );
  const secrets = new Map<string, Record<string, string>>();
  for (const { secret, key } of secretKeysOf(context)) {
    const value = authorities.has(`${secret}/${key}`) ? leaves.gateway.ca : credentialOf({ secret, key });
    secrets.set(secret, { ...secrets.get(secret), [key]: value });
  }
  for (const [secret, files] of secrets) mountFiles(root, secretDirectory(secret), files);
  writeFileSync(join(root, SYSTEM_CA_FILE), leaves.gateway.ca);
  const ports = { [PORT.https]: front, [PORT.back]: back, [PORT.health]: health, [PORT.metrics]: metrics };
  const bootstrap = writeConfig(generated.gateway, { root, ports, hosts }, withLoopbackUpstreams);
  const envoy = new EnvoyProcess(program, bootstrap);
  await ready('the gateway', envoy, health);
  return envoy;
}

/** The sidecar of one agent on its generated bootstrap. */
export async function startSidecar(
  { program, root, generated }: Props,
  agent: string,
  identity: { readonly leaf: Leaf; readonly token: string },
  places: SidecarPorts & { readonly back: number; readonly agent: number },
): Promise<EnvoyProcess> {
  const { declaration, agents } = generated;
  const [health, metrics] = (await freePorts(2)) as [number, number];
  mountFiles(root, IDENTITY, tlsFiles(identity.leaf));
  mountFiles(root, TOKEN.directory, { [TOKEN.file]: identity.token });
  writeFileSync(join(root, SYSTEM_CA_FILE), identity.leaf.ca);
  const ports = {
    [PORT.https]: places.inbound,
    [PORT.outbound]: places.outbound,
    [PORT.health]: health,
    [PORT.metrics]: metrics,
    [declaration.agents[agent]?.port ?? DEFAULT_AGENT_PORT]: places.agent,
  };
  const hosts = { [`${namesOf(declaration.name).service('gateway')}:${PORT.back}`]: places.back };
  const envoy = new EnvoyProcess(program, writeConfig(agents[agent]?.sidecar ?? {}, { root, ports, hosts }));
  await ready(`the sidecar of ${agent}`, envoy, health);
  return envoy;
}
