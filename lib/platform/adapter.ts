import type { Construct } from 'constructs';
import type { Context } from '../context';
import type { DnsPeer, PodPeer } from '../declaration';
import type { PodSecurityContext, SecurityContext } from '../k8s';

/** Something of the environment that people reach by a host name. */
export interface Exposed {
  /** Name of the objects, and of the Service. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** How the gateway's address gets into agent pods, which have no DNS. */
export type GatewayAddress =
  /** A MutatingAdmissionPolicy writes the Service's address. */
  | { readonly kind: 'written' }
  /** The Service has an address reserved in the declaration, and pods carry it from the start. */
  | { readonly kind: 'reserved'; readonly ip: string };

/** What a platform differs in. Constructs ask; they never test which platform it is. */
export interface PlatformAdapter {
  /** Kubernetes minor version, for Pod Security: `v1.36`. */
  readonly podSecurityVersion: string;
  readonly gatewayAddress: GatewayAddress;
  /** Whether the API server has MutatingAdmissionPolicy `v1`, from Kubernetes 1.36 on. */
  readonly mutatingPolicies: boolean;
  readonly dns: DnsPeer;
  /** Proxies through which people come in. */
  readonly ingress: PodPeer;
  /** Labels of every governed namespace, beside Firepit's. */
  readonly namespaceLabels: Readonly<Record<string, string>>;
  /** Annotations of a namespace whose pods belong on every node. */
  readonly everyNode: Readonly<Record<string, string>>;
  /** Annotations of every pod. */
  readonly podAnnotations: Readonly<Record<string, string>>;
  /** CEL over `request.userInfo`: controllers of the platform itself, which keep the objects going. */
  readonly systemAccounts: string;
  /** User and group of a pod's volumes. @param gid where the platform lets us choose */
  podSecurityContext(gid: number): PodSecurityContext;
  /** User of a container. @param uid where the platform lets us choose */
  containerUser(uid: number): Pick<SecurityContext, 'runAsUser' | 'runAsGroup'>;
  /** Who issues the certificate that the ingress or a browser verifies for an exposed host. */
  frontIssuer(): { readonly kind: 'Issuer' | 'ClusterIssuer'; readonly name: string };
  /** Names in that certificate. */
  frontNames(exposed: Exposed, serviceName: string): readonly string[];
  expose(scope: Construct, context: Context, exposed: Exposed): void;
  /** An explicit deny for quarantined pods, above every NetworkPolicy, where the platform has one. */
  denyQuarantined(scope: Construct, context: Context): void;
}
