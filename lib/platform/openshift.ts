import { Construct } from 'constructs';
import type { Context } from '../context';
import type { OpenShiftPlatform } from '../declaration';
import { KubeObject } from '../k8s';
import { LABEL } from '../names';
import type { Exposed, PlatformAdapter } from './adapter';

/** Kubernetes minor of each OpenShift minor. */
const KUBERNETES: Readonly<Record<OpenShiftPlatform['version'], string>> = {
  '4.20': '1.33',
  '4.21': '1.34',
  '4.22': '1.35',
};

/** OpenShift: users come from the namespace's range, Routes pass TLS through, AdminNetworkPolicy denies. */
export const openshiftAdapter = (platform: OpenShiftPlatform): PlatformAdapter => ({
  podSecurityVersion: `v${KUBERNETES[platform.version]}`,
  gatewayAddress: { kind: 'reserved', ip: platform.gatewayAddress },
  mutatingPolicies: false,
  dns: { namespace: 'openshift-dns', pods: { 'dns.operator.openshift.io/daemonset-dns': 'default' }, port: 5353 },
  ingress: {
    namespace: 'openshift-ingress',
    pods: { 'ingresscontroller.operator.openshift.io/deployment-ingresscontroller': 'default' },
  },
  // Otherwise a controller rewrites the Pod Security labels from what service accounts may use.
  namespaceLabels: { 'security.openshift.io/scc.podSecurityLabelSync': 'false' },
  // Otherwise the cluster's default node selector is merged into a DaemonSet's pods too.
  everyNode: { 'openshift.io/node-selector': '' },
  podAnnotations: { 'openshift.io/required-scc': 'restricted-v2' },
  systemAccounts:
    "request.userInfo.username.startsWith('system:serviceaccount:kube-system:') || request.userInfo.username.startsWith('system:serviceaccount:openshift-') || request.userInfo.username == 'system:kube-controller-manager'",
  // restricted-v2 refuses any uid or group outside the namespace's range, so none is named.
  podSecurityContext: () => ({}),
  containerUser: () => ({}),
  frontIssuer: () => ({ kind: 'ClusterIssuer', name: platform.publicIssuer }),
  frontNames: (exposed) => [exposed.host],
  expose: (scope, context, exposed) => new RouteExposure(scope, `expose-${exposed.name}`, context, exposed),
  denyQuarantined: (scope, context) => new QuarantinePolicy(scope, 'quarantine', context),
});

class RouteExposure extends Construct {
  constructor(scope: Construct, id: string, context: Context, exposed: Exposed) {
    super(scope, id);
    new KubeObject(this, 'Default', 'Route', {
      metadata: context.metadata(exposed.name, {
        namespace: context.names.control,
        purpose: `brings people to ${exposed.host}`,
      }),
      spec: {
        host: exposed.host,
        to: { kind: 'Service', name: exposed.name, weight: 100 },
        port: { targetPort: exposed.port },
        tls: { termination: 'passthrough', insecureEdgeTerminationPolicy: 'None' },
        wildcardPolicy: 'None',
      },
    });
  }
}

/** Deny above every NetworkPolicy, in the API that OpenShift serves (v1alpha1). */
class QuarantinePolicy extends Construct {
  constructor(scope: Construct, id: string, context: Context) {
    super(scope, id);
    new KubeObject(this, 'Default', 'AdminNetworkPolicy', {
      metadata: context.metadata(context.names.cluster('quarantine'), {
        purpose: 'cuts quarantined agents off, whatever else allows',
      }),
      spec: {
        priority: 0,
        subject: {
          pods: {
            namespaceSelector: { matchLabels: { [LABEL.environment]: context.names.environment } },
            podSelector: { matchExpressions: [{ key: LABEL.quarantine, operator: 'Exists' }] },
          },
        },
        ingress: [{ name: 'deny-all', action: 'Deny', from: [{ namespaces: {} }] }],
        egress: [
          { name: 'deny-inside', action: 'Deny', to: [{ namespaces: {} }] },
          { name: 'deny-outside', action: 'Deny', to: [{ networks: ['0.0.0.0/0', '::/0'] }] },
        ],
      },
    });
  }
}
