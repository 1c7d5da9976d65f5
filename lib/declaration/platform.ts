import { isIP } from 'node:net';
import { z } from 'zod';
import { checked, dnsLabel, explained, labels, list, made, port, says, text } from './_check';
import { cidrProblem, rangeProblem } from './cidr';
import { type Duration, durationSchema } from './duration';
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
  /** Whether the cluster has Firepit's foundation. Then agents start only where it knows their environment. @default false */
  readonly foundation?: boolean;
  /**
   * Ask the API server whether an agent's token still holds, and again after this long: a token ends with its pod then,
   * not when it expires. From a second to 5 minutes. @default - its signature is enough
   */
  readonly tokenReview?: Duration;
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
  /** @param props.dns @default - kube-dns in kube-system, port 53 */
  kubernetes: (props: Omit<KubernetesPlatform, 'kind' | 'dns'> & { readonly dns?: DnsPeer }): KubernetesPlatform => ({
    ...props,
    kind: 'kubernetes',
    dns: props.dns ?? { namespace: 'kube-system', pods: { 'k8s-app': 'kube-dns' }, port: 53 },
  }),
  /** An OpenShift cluster, by its facts. */
  openshift: (props: Omit<OpenShiftPlatform, 'kind'>): OpenShiftPlatform => ({ ...props, kind: 'openshift' }),
} as const;

const RANGE = { expected: 'an address range with its mask', fix: 'write it as 10.0.0.0/24' };
const ranges = list(explained(z.string(), rangeProblem, RANGE), { min: 1, max: 32 }, 'address ranges');
const peer = says(z.strictObject({ namespace: dnsLabel, pods: labels.optional() }), {
  expected: 'the pods of a namespace',
  fix: "write { namespace: 'monitoring', pods: { 'app.kubernetes.io/name': 'prometheus' } }",
});
const facts = {
  apiServer: says(
    z.strictObject({
      cidrs: list(explained(z.string(), cidrProblem, RANGE), { min: 1, max: 32 }, 'addresses of the API server'),
      port,
    }),
    {
      expected: 'where pods reach the API server: the addresses behind its Service',
      fix: 'write { cidrs, port } as `kubectl get endpointslices kubernetes` lists them',
    },
  ),
  nodes: ranges,
  pods: ranges,
  services: ranges,
  monitoring: peer,
  telemetry: internalEndpointSchema,
  gatewayAddress: checked(z.string(), (value) => isIP(value) > 0, {
    expected: 'an IP address of the Service range',
    fix: 'reserve a ClusterIP for the gateway and write it here',
  }),
  foundation: z.boolean().optional(),
  tokenReview: durationSchema(1, 300).optional(),
  runtimeClasses: z.strictObject({ gvisor: dnsLabel.optional(), kata: dnsLabel.optional() }).optional(),
};

export const platformSchema: z.ZodType<Platform> = made(
  z.discriminatedUnion('kind', [
    z.strictObject({
      ...facts,
      kind: z.literal('kubernetes'),
      version: z.enum(['1.35', '1.36', '1.37']),
      gatewayAddress: facts.gatewayAddress.optional(),
      dns: says(z.strictObject({ namespace: dnsLabel, pods: labels.optional(), port }), {
        expected: "the cluster's name servers",
        fix: "write { namespace: 'kube-system', pods: { 'k8s-app': 'kube-dns' }, port: 53 }",
      }),
      ingress: says(z.strictObject({ gateway: dnsLabel, namespace: dnsLabel, proxies: peer }), {
        expected: 'the Gateway through which people come, and its proxy pods',
        fix: 'write { gateway, namespace, proxies }',
      }),
      clusterNetworkPolicy: z.boolean(),
    }),
    z.strictObject({
      ...facts,
      kind: z.literal('openshift'),
      version: z.enum(['4.20', '4.21', '4.22']),
      publicIssuer: text(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, {
        expected: 'the name of a ClusterIssuer',
        fix: 'copy the name from the cluster',
      }),
    }),
  ]) as unknown as z.ZodType<Platform>,
  'a platform',
  'Platform.kubernetes({ version, … }) or Platform.openshift({ version, … })',
);
