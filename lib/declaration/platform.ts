import { isIP } from 'node:net';
import { z } from 'zod';
import { checked, text } from './_check';
import { parseCidr } from './cidr';
import { type InClusterService, internalEndpointSchema, type PrivateHost } from './endpoint';

/** Pods of a namespace, as NetworkPolicy selects them. */
export interface PodPeer {
  readonly namespace: string;
  /** @default - every pod of the namespace */
  readonly pods?: Readonly<Record<string, string>>;
}
/** The cluster's name servers. */
export interface DnsPeer extends PodPeer {
  readonly port: number;
}

interface PlatformFacts {
  /** Addresses of the API server as pods reach it: its endpoints, not the Service. */
  readonly apiServer: { readonly cidrs: readonly string[]; readonly port: number };
  /** Ranges of nodes, pods and Services: never an upstream. */
  readonly nodes: readonly string[];
  readonly pods: readonly string[];
  readonly services: readonly string[];
  /** Who scrapes metrics. */
  readonly monitoring: PodPeer;
  /** Where traces, metrics and logs go: an OTLP/gRPC endpoint. */
  readonly telemetry: PrivateHost | InClusterService;
  /** A free ClusterIP reserved for the gateway, where the platform cannot write it into pods by itself. */
  readonly gatewayAddress?: string;
  /** RuntimeClass names of the isolations this cluster has. @default - neither */
  readonly runtimeClasses?: { readonly gvisor?: string; readonly kata?: string };
}

/** A Kubernetes cluster. */
export interface KubernetesPlatform extends PlatformFacts {
  readonly kind: 'kubernetes';
  readonly version: '1.35' | '1.36' | '1.37';
  readonly dns: DnsPeer;
  /** The Gateway (Gateway API) through which people come, and its proxy pods. */
  readonly ingress: { readonly gateway: string; readonly namespace: string; readonly proxies: PodPeer };
  /** Whether ClusterNetworkPolicy v1alpha2 is installed and enforced. */
  readonly clusterNetworkPolicy: boolean;
}
/** An OpenShift cluster. */
export interface OpenShiftPlatform extends PlatformFacts {
  readonly kind: 'openshift';
  readonly version: '4.20' | '4.21' | '4.22';
  /** cert-manager ClusterIssuer of certificates that browsers trust: routes pass TLS through to the environment. */
  readonly publicIssuer: string;
  readonly gatewayAddress: string;
}
export type Platform = KubernetesPlatform | OpenShiftPlatform;

/** Makes {@link Platform}s. */
export const Platform = {
  kubernetes: (props: Omit<KubernetesPlatform, 'kind' | 'dns'> & { readonly dns?: DnsPeer }): KubernetesPlatform => ({
    ...props,
    kind: 'kubernetes',
    dns: props.dns ?? { namespace: 'kube-system', pods: { 'k8s-app': 'kube-dns' }, port: 53 },
  }),
  openshift: (props: Omit<OpenShiftPlatform, 'kind'>): OpenShiftPlatform => ({ ...props, kind: 'openshift' }),
} as const;

const dnsLabel = text(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/, { expected: 'a DNS label', fix: 'use the Kubernetes name' });
const range = checked(z.string(), (value) => parseCidr(value) !== undefined, {
  expected: 'an address range with its mask',
  fix: 'write it as 10.0.0.0/24',
});
const ranges = z.array(range).min(1).max(32);
const labels = z.record(z.string(), z.string());
const peer = z.strictObject({ namespace: dnsLabel, pods: labels.optional() });
const facts = {
  apiServer: z.strictObject({ cidrs: ranges, port: z.int().min(1).max(65535) }),
  nodes: ranges,
  pods: ranges,
  services: ranges,
  monitoring: peer,
  telemetry: internalEndpointSchema,
  gatewayAddress: checked(z.string(), (value) => isIP(value) > 0, {
    expected: 'an IP address of the Service range',
    fix: 'reserve a ClusterIP for the gateway and write it here',
  }),
  runtimeClasses: z.strictObject({ gvisor: dnsLabel.optional(), kata: dnsLabel.optional() }).optional(),
};

export const platformSchema: z.ZodType<Platform> = z
  .discriminatedUnion('kind', [
    z.strictObject({
      ...facts,
      kind: z.literal('kubernetes'),
      version: z.enum(['1.35', '1.36', '1.37']),
      gatewayAddress: facts.gatewayAddress.optional(),
      dns: z.strictObject({ namespace: dnsLabel, pods: labels.optional(), port: z.int().min(1).max(65535) }),
      ingress: z.strictObject({ gateway: dnsLabel, namespace: dnsLabel, proxies: peer }),
      clusterNetworkPolicy: z.boolean(),
    }),
    z.strictObject({
      ...facts,
      kind: z.literal('openshift'),
      version: z.enum(['4.20', '4.21', '4.22']),
      publicIssuer: text(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, {
        expected: 'the name of a ClusterIssuer',
        fix: 'use the Kubernetes name',
      }),
    }),
  ])
  .superRefine((platform, ctx) => {
    if (platform.kind === 'kubernetes' && platform.version === '1.35' && platform.gatewayAddress === undefined)
      ctx.addIssue({
        code: 'custom',
        path: ['gatewayAddress'],
        message: "a reserved ClusterIP: Kubernetes 1.35 cannot write the gateway's address into pods",
        params: { fix: 'reserve a free address of the Service range and set gatewayAddress' },
      });
  }) as unknown as z.ZodType<Platform>;
