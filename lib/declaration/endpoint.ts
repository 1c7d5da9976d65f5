import { z } from 'zod';
import { checked, dnsLabel, explained, labels, list, made, port } from './_check';
import { cidrProblem } from './cidr';
import { hostSchema } from './host';
import { type SecretKey, secretKeySchema } from './secret-key';

/** An upstream on the internet: public addresses only, TLS with a public certificate. */
export interface ExternalHost {
  readonly kind: 'external';
  readonly host: string;
  readonly port: number;
}
/** An upstream in a private network: its ranges are declared, because NetworkPolicy knows addresses, not names. */
export interface PrivateHost {
  readonly kind: 'private';
  readonly host: string;
  readonly cidrs: readonly string[];
  readonly port: number;
  /** CA certificate of the host, where it is not publicly trusted. @default - the system's trust store */
  readonly ca?: SecretKey;
}
/** A Service of the same cluster. */
export interface InClusterService {
  readonly kind: 'inCluster';
  readonly service: string;
  readonly namespace: string;
  readonly port: number;
  /** Labels of the pods behind the Service: what NetworkPolicy selects. */
  readonly pods: Readonly<Record<string, string>>;
  /** CA certificate of the Service. @default - the system's trust store */
  readonly ca?: SecretKey;
}
/** Where an upstream is. The connection is always TLS. */
export type Endpoint = ExternalHost | PrivateHost | InClusterService;

/** Makes endpoints on the internet. */
export const External = {
  /** @param props.port @default 443 */
  host: (host: string, props: { readonly port?: number } = {}): ExternalHost => ({
    ...props,
    kind: 'external',
    host,
    port: props.port ?? 443,
  }),
} as const;

/** Makes endpoints in a private network. */
export const Private = {
  /** @param props.port @default 443 */
  host: (
    host: string,
    props: { readonly cidrs: readonly string[]; readonly port?: number; readonly ca?: SecretKey },
  ): PrivateHost => ({
    ...props,
    kind: 'private',
    host,
    port: props.port ?? 443,
  }),
} as const;

/** Makes endpoints in the cluster. */
export const InCluster = {
  /** A Service of another namespace, with the pods behind it: network policies select pods. */
  service: (
    service: string,
    props: {
      readonly namespace: string;
      readonly port: number;
      readonly pods: Readonly<Record<string, string>>;
      readonly ca?: SecretKey;
    },
  ): InClusterService => ({ ...props, kind: 'inCluster', service }),
} as const;

/** The name by which the gateway connects to and verifies an endpoint. */
export const hostOf = (endpoint: Endpoint): string =>
  endpoint.kind === 'inCluster' ? `${endpoint.service}.${endpoint.namespace}.svc.cluster.local` : endpoint.host;

const tlsPort = checked(port, (value) => value !== 80, {
  expected: 'a port that speaks TLS; 80 is plain HTTP, which has no spelling',
  fix: 'use the TLS port, such as 443',
});
const ca = secretKeySchema.optional();

/** Ranges that a private upstream may occupy: never metadata, loopback or everything. */
export const cidrsSchema = list(
  explained(z.string(), cidrProblem, { expected: 'an address range with its mask', fix: 'write it as 10.20.0.0/24' }),
  { min: 1, max: 32 },
  'the address ranges of the upstream',
);
const pods = checked(labels, (value) => Object.keys(value).length > 0, {
  expected: 'at least one label of the pods behind the Service',
  fix: "copy the Service's selector",
});

const external = z.strictObject({ kind: z.literal('external'), host: hostSchema, port: tlsPort });
const privateHost = z.strictObject({
  kind: z.literal('private'),
  host: hostSchema,
  cidrs: cidrsSchema,
  port: tlsPort,
  ca,
});
const inCluster = z.strictObject({
  kind: z.literal('inCluster'),
  service: dnsLabel,
  namespace: dnsLabel,
  port,
  pods,
  ca,
});

const PRIVATE = 'Private.host(name, { cidrs }) or InCluster.service(name, { namespace, port, pods })';
export const endpointSchema: z.ZodType<Endpoint> = made(
  z.discriminatedUnion('kind', [external, privateHost, inCluster]),
  'an endpoint',
  `External.host('api.example.com'), ${PRIVATE}`,
);
/** Upstreams whose addresses are known: what holds state or telemetry is not on the internet. */
export const internalEndpointSchema: z.ZodType<PrivateHost | InClusterService> = made(
  z.discriminatedUnion('kind', [privateHost, inCluster]),
  'an endpoint with known addresses',
  PRIVATE,
);
