import { type Envoy, render, typed } from './envoy';

/** Where the ConfigMap is mounted. */
export const CONFIG_DIRECTORY = '/etc/envoy';
/** Read as YAML, which JSON is: Envoy goes by the ending (bootstrap by `-c`), and knows anchors in YAML alone. */
export const BOOTSTRAP_FILE = 'envoy.yaml';
/** The trust store of the image, for upstreams with a public certificate. */
export const SYSTEM_CA = '/etc/ssl/certs/ca-certificates.crt';

/** A secret that Envoy reads from mounted files and reads again when they change. */
export interface FileSecret {
  readonly name: string;
  /** The file that describes it, part of the ConfigMap. */
  readonly file: string;
  readonly content: string;
  /** The directory into which something moves when the file is to be read again: the mounted one, which kubelet swaps. */
  readonly told: string;
}

/**
 * Files are named through `..data`, the link that kubelet swaps: certificate and key change together, and a Secret
 * that is filled after the start is found by that swap.
 */
const source = (directory: string, file: string): Envoy => ({ filename: `${directory}/..data/${file}` });

const secret = (name: string, told: string, body: (watched: Envoy) => Envoy): FileSecret => ({
  name,
  told,
  file: `sds-${name}.json`,
  content: render({
    resources: [
      typed('envoy.extensions.transport_sockets.tls.v3.Secret', {
        name,
        ...body({ watched_directory: { path: told } }),
      }),
    ],
  }),
});

/** A certificate with its key, as cert-manager writes it. */
export const certificateSecret = (name: string, directory: string, told = directory): FileSecret =>
  secret(name, told, (watched) => ({
    tls_certificate: {
      certificate_chain: source(directory, 'tls.crt'),
      private_key: source(directory, 'tls.key'),
      ...watched,
    },
  }));

/** Certificate authorities to verify against. */
export const caSecret = (name: string, directory: string, file = 'ca.crt', told = directory): FileSecret =>
  secret(name, told, (watched) => ({ validation_context: { trusted_ca: source(directory, file), ...watched } }));

/** A credential that is injected into requests. */
export const genericSecret = (name: string, directory: string, file: string): FileSecret => ({
  name,
  told: directory,
  file: `sds-${name}.json`,
  content: render({
    resources: [
      typed('envoy.extensions.transport_sockets.tls.v3.Secret', {
        name,
        // Here Envoy watches the file's own directory, and would wait for ever beside `..data`.
        generic_secret: { secret: { filename: `${directory}/${file}` } },
      }),
    ],
  }),
});

/**
 * Reference to a secret from a TLS context or an injector. The directory is watched here as well as in the secret
 * itself: authorities that were not there at the start are found only by reading the description again (tried with
 * Envoy 1.40).
 */
export const sdsConfig = (of: FileSecret): Envoy => ({
  name: of.name,
  sds_config: {
    path_config_source: { path: `${CONFIG_DIRECTORY}/${of.file}`, watched_directory: { path: of.told } },
    resource_api_version: 'V3',
    initial_fetch_timeout: '0s',
  },
});
