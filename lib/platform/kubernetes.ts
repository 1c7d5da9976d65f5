import { Construct } from 'constructs';
import type { Context } from '../context';
import type { KubernetesPlatform } from '../declaration';
import { KubeObject } from '../k8s';
import { LABEL } from '../names';
import type { Exposed, PlatformAdapter } from './adapter';

/** ConfigMap in `E-control` where the warden publishes the environment's CA certificate. */
export const CA_BUNDLE = 'ca-bundle';

/** Kubernetes with Gateway API, and ClusterNetworkPolicy where it is installed. */
export const kubernetesAdapter = (platform: KubernetesPlatform): PlatformAdapter => ({
  podSecurityVersion: `v${platform.version}`,
  gatewayAddress:
    platform.gatewayAddress === undefined ? { kind: 'written' } : { kind: 'reserved', ip: platform.gatewayAddress },
  mutatingPolicies: platform.version !== '1.35',
  dns: platform.dns,
  ingress: platform.ingress.proxies,
  namespaceLabels: {},
  everyNode: {},
  podAnnotations: {},
  systemAccounts:
    "request.userInfo.username.startsWith('system:serviceaccount:kube-system:') || request.userInfo.username == 'system:kube-controller-manager'",
  podSecurityContext: (gid) => ({ fsGroup: gid, fsGroupChangePolicy: 'OnRootMismatch' }),
  containerUser: (uid) => ({ runAsUser: uid, runAsGroup: uid }),
  frontIssuer: () => ({ kind: 'Issuer', name: 'ca' }),
  frontNames: (_exposed, serviceName) => [serviceName],
  expose: (scope, context, exposed) =>
    new GatewayApiExposure(scope, `expose-${exposed.name}`, context, platform, exposed),
  denyQuarantined: (scope, context) => {
    if (platform.clusterNetworkPolicy) new QuarantinePolicy(scope, 'quarantine', context);
  },
});

/** An HTTPRoute, and the policy that makes the Gateway verify the environment's own certificate. */
class GatewayApiExposure extends Construct {
  constructor(scope: Construct, id: string, context: Context, platform: KubernetesPlatform, exposed: Exposed) {
    super(scope, id);
    const { control } = context.names;
    new KubeObject(this, 'Default', 'HTTPRoute', {
      metadata: context.metadata(exposed.name, { namespace: control, purpose: `brings people to ${exposed.host}` }),
      spec: {
        parentRefs: [{ name: platform.ingress.gateway, namespace: platform.ingress.namespace }],
        hostnames: [exposed.host],
        rules: [
          {
            matches: [{ path: { type: 'PathPrefix', value: '/' } }],
            backendRefs: [{ name: exposed.name, port: exposed.port }],
          },
        ],
      },
    });
    new KubeObject(this, 'tls', 'BackendTLSPolicy', {
      metadata: context.metadata(exposed.name, {
        namespace: control,
        purpose: 'the Gateway verifies the certificate behind the route',
      }),
      spec: {
        targetRefs: [{ group: '', kind: 'Service', name: exposed.name }],
        validation: {
          hostname: `${exposed.name}.${control}.svc`,
          caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: CA_BUNDLE }],
        },
      },
    });
  }
}

/** Deny above every NetworkPolicy. Ingress knows no addresses in this API, so namespaces stand for everything inside. */
class QuarantinePolicy extends Construct {
  constructor(scope: Construct, id: string, context: Context) {
    super(scope, id);
    new KubeObject(this, 'Default', 'ClusterNetworkPolicy', {
      metadata: context.metadata(context.names.cluster('quarantine'), {
        purpose: 'cuts quarantined agents off, whatever else allows',
      }),
      spec: {
        tier: 'Admin',
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
