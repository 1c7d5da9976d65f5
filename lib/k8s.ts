import { ApiObject, type ApiObjectMetadata } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import type { AdmissionBinding, MutatingPolicySpec, ValidatingPolicySpec } from './admission/types';

/** Field names that cdk8s-plus-28 spells its own way. */
interface Spelled {
  hostPid: 'hostPID';
  hostIpc: 'hostIPC';
  clusterIp: 'clusterIP';
  clusterIPs: 'clusterIPs';
  nonResourceUrls: 'nonResourceURLs';
}

/** Types of cdk8s-plus-28 as plain data: quantities and int-or-strings are what YAML says. */
export type Plain<T> = T extends k8s.Quantity | k8s.IntOrString
  ? string | number
  : T extends Date
    ? string
    : T extends readonly (infer U)[]
      ? readonly Plain<U>[]
      : T extends object
        ? { readonly [K in keyof T as K extends keyof Spelled ? Spelled[K] : K]: Plain<T[K]> }
        : T;

export type PodSpec = Plain<k8s.PodSpec>;
export type Container = Plain<k8s.Container>;
export type Volume = Plain<k8s.Volume>;
export type VolumeMount = Plain<k8s.VolumeMount>;
export type Probe = Plain<k8s.Probe>;
export type EnvVar = Plain<k8s.EnvVar>;
export type PolicyRule = Plain<k8s.PolicyRule>;
export type NetworkPolicySpec = Plain<k8s.NetworkPolicySpec>;
export type NetworkPolicyPeer = Plain<k8s.NetworkPolicyPeer>;
export type LabelSelector = Plain<k8s.LabelSelector>;
export type PodSecurityContext = Plain<k8s.PodSecurityContext>;
export type SecurityContext = Plain<k8s.SecurityContext>;

type Spec<S> = { readonly spec: S };
type Data = { readonly immutable?: boolean; readonly data?: Readonly<Record<string, string>> };
type Loose = { readonly spec: Readonly<Record<string, unknown>> };

/** What each kind carries beside its metadata. Kinds newer than cdk8s-plus-28, and CRDs, are typed where they are made. */
interface Bodies {
  Namespace: object;
  ResourceQuota: Spec<Plain<k8s.ResourceQuotaSpec>>;
  LimitRange: Spec<Plain<k8s.LimitRangeSpec>>;
  ServiceAccount: { readonly automountServiceAccountToken: false };
  ConfigMap: Data;
  Secret: { readonly type: string };
  Service: Spec<Plain<k8s.ServiceSpec>>;
  Deployment: Spec<Plain<k8s.DeploymentSpec>>;
  DaemonSet: Spec<Plain<k8s.DaemonSetSpec>>;
  StatefulSet: Spec<Plain<k8s.StatefulSetSpec>>;
  Job: Spec<Plain<k8s.JobSpec>>;
  CronJob: Spec<Plain<k8s.CronJobSpec>>;
  Sandbox: Loose;
  PodDisruptionBudget: Spec<Plain<k8s.PodDisruptionBudgetSpec>>;
  NetworkPolicy: Spec<NetworkPolicySpec>;
  Role: { readonly rules: readonly PolicyRule[] };
  RoleBinding: { readonly roleRef: Plain<k8s.RoleRef>; readonly subjects: readonly Plain<k8s.Subject>[] };
  ClusterRoleBinding: Bodies['RoleBinding'];
  ValidatingAdmissionPolicy: Spec<ValidatingPolicySpec>;
  ValidatingAdmissionPolicyBinding: Spec<AdmissionBinding>;
  MutatingAdmissionPolicy: Spec<MutatingPolicySpec>;
  MutatingAdmissionPolicyBinding: Spec<AdmissionBinding>;
  ImageValidatingPolicy: Loose;
  ClusterNetworkPolicy: Loose;
  AdminNetworkPolicy: Loose;
  Issuer: Loose;
  Certificate: Loose;
  HTTPRoute: Loose;
  BackendTLSPolicy: Loose;
  Route: Loose;
  PodMonitor: Loose;
  PrometheusRule: Loose;
  Config: Loose;
  Falco: Loose;
  Plugin: Loose;
  Rulesfile: Loose;
}
export type Kind = keyof Bodies;

/**
 * Every kind that Firepit writes: API version, scope, and rank. Applying in rank order succeeds at the first pass:
 * what is referred to comes before what refers to it.
 */
export const KINDS: {
  readonly [K in Kind]: { readonly apiVersion: string; readonly namespaced: boolean; readonly rank: number };
} = {
  Namespace: { apiVersion: 'v1', namespaced: false, rank: 0 },
  ResourceQuota: { apiVersion: 'v1', namespaced: true, rank: 10 },
  LimitRange: { apiVersion: 'v1', namespaced: true, rank: 11 },
  NetworkPolicy: { apiVersion: 'networking.k8s.io/v1', namespaced: true, rank: 12 },
  ClusterNetworkPolicy: { apiVersion: 'policy.networking.k8s.io/v1alpha2', namespaced: false, rank: 13 },
  AdminNetworkPolicy: { apiVersion: 'policy.networking.k8s.io/v1alpha1', namespaced: false, rank: 13 },
  ServiceAccount: { apiVersion: 'v1', namespaced: true, rank: 20 },
  Role: { apiVersion: 'rbac.authorization.k8s.io/v1', namespaced: true, rank: 21 },
  RoleBinding: { apiVersion: 'rbac.authorization.k8s.io/v1', namespaced: true, rank: 22 },
  ClusterRoleBinding: { apiVersion: 'rbac.authorization.k8s.io/v1', namespaced: false, rank: 23 },
  ConfigMap: { apiVersion: 'v1', namespaced: true, rank: 30 },
  Secret: { apiVersion: 'v1', namespaced: true, rank: 31 },
  Service: { apiVersion: 'v1', namespaced: true, rank: 32 },
  Issuer: { apiVersion: 'cert-manager.io/v1', namespaced: true, rank: 33 },
  Certificate: { apiVersion: 'cert-manager.io/v1', namespaced: true, rank: 34 },
  ImageValidatingPolicy: { apiVersion: 'policies.kyverno.io/v1', namespaced: false, rank: 40 },
  MutatingAdmissionPolicy: { apiVersion: 'admissionregistration.k8s.io/v1', namespaced: false, rank: 41 },
  MutatingAdmissionPolicyBinding: { apiVersion: 'admissionregistration.k8s.io/v1', namespaced: false, rank: 42 },
  ValidatingAdmissionPolicy: { apiVersion: 'admissionregistration.k8s.io/v1', namespaced: false, rank: 43 },
  ValidatingAdmissionPolicyBinding: { apiVersion: 'admissionregistration.k8s.io/v1', namespaced: false, rank: 44 },
  StatefulSet: { apiVersion: 'apps/v1', namespaced: true, rank: 50 },
  Deployment: { apiVersion: 'apps/v1', namespaced: true, rank: 51 },
  DaemonSet: { apiVersion: 'apps/v1', namespaced: true, rank: 51 },
  PodDisruptionBudget: { apiVersion: 'policy/v1', namespaced: true, rank: 52 },
  Job: { apiVersion: 'batch/v1', namespaced: true, rank: 53 },
  CronJob: { apiVersion: 'batch/v1', namespaced: true, rank: 54 },
  Sandbox: { apiVersion: 'agents.x-k8s.io/v1beta1', namespaced: true, rank: 55 },
  BackendTLSPolicy: { apiVersion: 'gateway.networking.k8s.io/v1', namespaced: true, rank: 60 },
  HTTPRoute: { apiVersion: 'gateway.networking.k8s.io/v1', namespaced: true, rank: 61 },
  Route: { apiVersion: 'route.openshift.io/v1', namespaced: true, rank: 62 },
  PodMonitor: { apiVersion: 'monitoring.coreos.com/v1', namespaced: true, rank: 70 },
  PrometheusRule: { apiVersion: 'monitoring.coreos.com/v1', namespaced: true, rank: 71 },
  Config: { apiVersion: 'artifact.falcosecurity.dev/v1alpha1', namespaced: true, rank: 80 },
  Plugin: { apiVersion: 'artifact.falcosecurity.dev/v1alpha1', namespaced: true, rank: 80 },
  Rulesfile: { apiVersion: 'artifact.falcosecurity.dev/v1alpha1', namespaced: true, rank: 80 },
  Falco: { apiVersion: 'instance.falcosecurity.dev/v1alpha1', namespaced: true, rank: 81 },
};

/** One object of a known kind: plain data over cdk8s's ApiObject, so that JSON patches work. */
export class KubeObject<K extends Kind> extends ApiObject {
  constructor(scope: Construct, id: string, kind: K, props: { readonly metadata: ApiObjectMetadata } & Bodies[K]) {
    super(scope, id, { ...props, apiVersion: KINDS[kind].apiVersion, kind });
  }
}
