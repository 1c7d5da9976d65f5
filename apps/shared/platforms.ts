import { InCluster, Platform } from '../../lib';

/** OpenTelemetry collector of the example clusters. */
const telemetry = InCluster.service('otel-collector', {
  namespace: 'observability',
  port: 4317,
  pods: { 'app.kubernetes.io/name': 'opentelemetry-collector' },
});
const monitoring = { namespace: 'monitoring', pods: { 'app.kubernetes.io/name': 'prometheus' } };

/** An example Kubernetes cluster. */
export const kubernetes = Platform.kubernetes({
  version: '1.36',
  apiServer: { cidrs: ['192.168.10.10/32', '192.168.10.11/32', '192.168.10.12/32'], port: 6443 },
  nodes: ['192.168.10.0/24'],
  pods: ['10.244.0.0/16'],
  services: ['10.96.0.0/16'],
  ingress: {
    gateway: 'public',
    namespace: 'gateway-system',
    proxies: { namespace: 'gateway-system', pods: { 'gateway.networking.k8s.io/gateway-name': 'public' } },
  },
  monitoring,
  telemetry,
  clusterNetworkPolicy: true,
  runtimeClasses: { gvisor: 'gvisor', kata: 'kata' },
});

/** An example OpenShift cluster. */
export const openshift = Platform.openshift({
  version: '4.20',
  apiServer: { cidrs: ['192.168.20.10/32', '192.168.20.11/32', '192.168.20.12/32'], port: 6443 },
  nodes: ['192.168.20.0/24'],
  pods: ['10.128.0.0/14'],
  services: ['172.30.0.0/16'],
  gatewayAddress: '172.30.200.10',
  monitoring: { namespace: 'openshift-user-workload-monitoring', pods: { 'app.kubernetes.io/name': 'prometheus' } },
  telemetry,
  publicIssuer: 'letsencrypt',
});
