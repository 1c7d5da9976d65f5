import { z } from 'zod';
import { type Expectation, text } from './_check';
import { cidrProblem } from './cidr';
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

export const External = {
  /** @param props.port @default 443 */
  host: (host: string, props: { readonly port?: number } = {}): ExternalHost => ({
    ...props,
    kind: 'external',
    host,
    port: props.port ?? 443,
  }),
} as const;

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

export const InCluster = {
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

const HOST: Expectation = {
  expected: 'a DNS name, without scheme, port, path, wildcard or address',
  fix: 'write api.example.com; TLS is always used, and an upstream without TLS or behind a bare address has no spelling',
};
const host = text(
  /^(?=.{4,253}$)(?!.*\.(local|localhost|internal\.cloud)$)([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/,
  HOST,
);
/** A public DNS name people or agents use. */
export const hostSchema = host;
const METADATA_NAMES = new Set(['metadata.google.internal', 'instance-data.ec2.internal', 'metadata.azure.internal']);
const port = z.int().min(1).max(65535);
const dnsLabel = text(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/, { expected: 'a DNS label', fix: 'use the Kubernetes name' });

/** Ranges that a private upstream may occupy: never metadata, loopback or everything. */
export const cidrsSchema = z
  .array(z.string())
  .min(1)
  .max(32)
  .superRefine((cidrs, ctx) => {
    cidrs.forEach((cidr, i) => {
      const problem = cidrProblem(cidr);
      if (problem !== undefined)
        ctx.addIssue({ code: 'custom', path: [i], message: problem.expected, params: { fix: problem.fix } });
    });
  });

const noMetadata = (value: { readonly host: string }, ctx: z.RefinementCtx): void => {
  if (METADATA_NAMES.has(value.host))
    ctx.addIssue({
      code: 'custom',
      path: ['host'],
      message: "never a metadata service: it hands out the node's own credentials",
      params: { fix: 'give the upstream a credential of its own through auth' },
    });
};

const external = z.strictObject({ kind: z.literal('external'), host, port }).superRefine(noMetadata);
const privateHost = z
  .strictObject({ kind: z.literal('private'), host, cidrs: cidrsSchema, port, ca: secretKeySchema.optional() })
  .superRefine(noMetadata);
const inCluster = z
  .strictObject({
    kind: z.literal('inCluster'),
    service: dnsLabel,
    namespace: dnsLabel,
    port,
    pods: z.record(z.string(), z.string()),
    ca: secretKeySchema.optional(),
  })
  .superRefine((value, ctx) => {
    if (Object.keys(value.pods).length === 0)
      ctx.addIssue({
        code: 'custom',
        path: ['pods'],
        message: 'at least one label of the pods behind the Service',
        params: { fix: "copy the Service's selector" },
      });
  });

export const endpointSchema: z.ZodType<Endpoint> = z.discriminatedUnion('kind', [external, privateHost, inCluster]);
export const internalEndpointSchema: z.ZodType<PrivateHost | InClusterService> = z.discriminatedUnion('kind', [
  privateHost,
  inCluster,
]);
