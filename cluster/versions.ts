/** What is built and run, pinned. A change here is a new folder in the cache, so that versions never mix. */
export const VERSIONS = {
  kubernetes: 'v1.36.3',
  etcd: 'v3.6.14',
  containerd: 'v2.3.4',
  runc: 'v1.4.0',
  'kube-network-policies': 'v1.1.1',
  coredns: 'v1.15.0',
  pause: 'v1.0.0',
  crane: 'v0.22.1',
  helm: 'v4.2.4',
  kyverno: 'v1.19.0',
  cosign: 'v3.1.3',
  // These four as Kyverno's own module requires them.
  fulcio: 'v1.8.8',
  rekor: 'v1.5.3',
  'rekor-tiles': 'v2.3.0',
  'timestamp-authority': 'v2.1.3',
  trillian: 'v1.7.3',
  'certificate-transparency': 'v1.4.0',
  // The last that brings a program to make repositories with.
  'go-tuf': 'v0.7.0',
  'netpol-analyzer': 'v1.4.4',
  'kube-score': 'v1.20.0',
  'agent-sandbox': 'v1.0.3',
  // Of the branch that plain Go builds; it has no tags.
  gvisor: 'v0.0.0-20260905035102-160fafc42237',
} as const;

/** A family of programs that come from one module. */
export type Family = keyof typeof VERSIONS;

/** The oldest Kubernetes that a declaration may name (`platform.version`). */
export const OLDEST_KUBERNETES = 'v1.35.4';

/** Modules that bring definitions of custom resources. */
export const DEFINITIONS = {
  kyverno: { module: 'github.com/kyverno/kyverno', version: VERSIONS.kyverno },
  certManager: { module: 'github.com/cert-manager/cert-manager', version: 'v1.21.2' },
  gatewayApi: { module: 'sigs.k8s.io/gateway-api', version: 'v1.6.0' },
  agentSandbox: { module: 'sigs.k8s.io/agent-sandbox', version: VERSIONS['agent-sandbox'] },
  networkPolicyApi: { module: 'sigs.k8s.io/network-policy-api', version: 'v0.2.0' },
  falcoOperator: { module: 'github.com/falcosecurity/falco-operator', version: 'v0.4.1' },
  // The last version with AdminNetworkPolicy, which OpenShift serves.
  adminNetworkPolicy: { module: 'sigs.k8s.io/network-policy-api', version: 'v0.1.5' },
  prometheusOperator: { module: 'github.com/prometheus-operator/prometheus-operator', version: 'v0.93.0' },
} as const;
