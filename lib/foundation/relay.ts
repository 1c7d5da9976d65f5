import type { FoundationDeclaration } from '../declaration/foundation';
import { bootstrap } from '../gateway/bootstrap';
import { cluster } from '../gateway/cluster';
import { ENVOY, envoyArgs } from '../gateway/command';
import { type Envoy, render } from '../gateway/envoy';
import { exactly, httpListener } from '../gateway/listener';
import { configMount, type Mount, memoryMount, secretMount } from '../gateway/mounts';
import { BOOTSTRAP_FILE, CONFIG_DIRECTORY, caSecret, certificateSecret } from '../gateway/sds';
import { ADMIN_DIRECTORY } from '../gateway/service-listeners';
import { clientTls } from '../gateway/tls';
import { container } from '../isolation/pod';
import type { Container } from '../k8s';
import { digestName, namesOf, PORT, SYSTEM_NAMESPACE, UID } from '../names';
import type { FoundationContext } from './context';
import { RELAY_PORT } from './falco-config';

/** Secret that somebody must make: the certificate that Falco shows to every warden, and its key. */
export const FALCO_TLS = 'falco-client-tls';
/** Secret that somebody must make: the CA of each environment, under `<environment>.crt`. */
export const WARDEN_CAS = 'warden-cas';

const CERTIFICATE = '/etc/firepit/falco-tls';
const AUTHORITIES = '/etc/firepit/warden-cas';
const MEBIBYTE = 1024 * 1024;
const MEMORY = 128;

const certificate = certificateSecret('falco', CERTIFICATE);
const authority = (environment: string) => caSecret(`ca-${environment}`, AUTHORITIES, `${environment}.crt`);
const warden = (environment: string): string => `warden-${environment}`;

/**
 * One alert goes to the warden of every environment: Falco has one HTTP output, and each warden takes what is of its
 * own namespace. Envoy mirrors a request to all but the first without waiting for anybody's answer.
 */
const route = ([first = '', ...others]: readonly string[]): Envoy => ({
  name: 'alerts',
  match: exactly('POST', '/alerts'),
  route: {
    cluster: warden(first),
    timeout: '10s',
    retry_policy: { retry_on: 'connect-failure,refused-stream,reset,5xx', num_retries: 3, per_try_timeout: '3s' },
    request_mirror_policies: others.map((environment) => ({
      cluster: warden(environment),
      disable_shadow_host_suffix_append: true,
    })),
  },
});

const files = ({ environments }: FoundationDeclaration): Readonly<Record<string, string>> => {
  const names = Object.keys(environments).sort();
  const config = bootstrap({
    node: { id: 'relay', cluster: SYSTEM_NAMESPACE },
    maxConnections: 64,
    maxHeapBytes: (MEMORY - 32) * MEBIBYTE,
    listeners: [
      httpListener({
        name: 'alerts',
        address: '127.0.0.1',
        port: RELAY_PORT,
        virtualHosts: [{ name: 'wardens', domains: ['*'], routes: [route(names)] }],
        filters: [],
        deadlineSeconds: 10,
      }),
    ],
    clusters: names.map((environment) => {
      const host = namesOf(environment).service('warden');
      const tls = clientTls({ host, ca: authority(environment), certificate });
      return cluster({ name: warden(environment), host, port: PORT.https, protocol: 'negotiated', tls });
    }),
  });
  return {
    [BOOTSTRAP_FILE]: render(config),
    ...Object.fromEntries([certificate, ...names.map(authority)].map(({ file, content }) => [file, content])),
  };
};

/** What Falco's pod gets of the relay. */
export interface RelayParts {
  /** Immutable ConfigMap. */
  readonly config: { readonly name: string; readonly data: Readonly<Record<string, string>> };
  /** A native sidecar: it is there before Falco, and holds the key alone. */
  readonly container: Container;
  readonly mounts: readonly Mount[];
}

/** Envoy beside Falco, which brings alerts to every warden over mutual TLS. */
export const relay = (context: FoundationContext): RelayParts => {
  const data = files(context.declaration);
  const config = { name: digestName('relay', data), data };
  const mounts = [
    configMount('relay-config', CONFIG_DIRECTORY, config.name),
    memoryMount('relay-admin', ADMIN_DIRECTORY),
    secretMount('falco-tls', CERTIFICATE, FALCO_TLS),
    secretMount('warden-cas', AUTHORITIES, WARDEN_CAS),
  ];
  return {
    config,
    mounts,
    container: container(context, {
      name: 'relay',
      image: context.declaration.relay,
      uid: UID.control,
      command: ENVOY,
      args: envoyArgs({ workers: 1, drainSeconds: 5 }),
      mounts: mounts.map(({ mount }) => mount),
      cpu: '50m',
      memory: `${MEMORY}Mi`,
      sidecar: true,
    }),
  };
};
