import { Construct } from 'constructs';
import type { Context } from '../context';
import { KubeObject } from '../k8s';

/**
 * Rules for the API server's audit policy (audit.k8s.io/v1), for whoever runs the cluster to merge: who touched what
 * governs. Secrets are recorded without their contents.
 */
export class AuditPolicyFragment extends Construct {
  constructor(scope: Construct, id: string, context: Context) {
    super(scope, id);
    const namespaces = [...context.governed, context.names.control];
    const rules = [
      {
        level: 'Metadata',
        namespaces,
        resources: [
          {
            group: '',
            resources: [
              'secrets',
              'serviceaccounts/token',
              'pods/exec',
              'pods/attach',
              'pods/portforward',
              'pods/ephemeralcontainers',
            ],
          },
        ],
      },
      {
        level: 'RequestResponse',
        namespaces,
        verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'],
        resources: [
          { group: '', resources: ['pods', 'configmaps', 'serviceaccounts', 'services'] },
          { group: 'apps', resources: ['*'] },
          { group: 'networking.k8s.io', resources: ['*'] },
          { group: 'rbac.authorization.k8s.io', resources: ['*'] },
          { group: 'policy', resources: ['*'] },
        ],
      },
      {
        level: 'RequestResponse',
        verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'],
        resources: [
          { group: 'admissionregistration.k8s.io', resources: ['*'] },
          { group: 'policies.kyverno.io', resources: ['*'] },
          { group: 'policy.networking.k8s.io', resources: ['*'] },
        ],
      },
    ];
    const policy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules };
    new KubeObject(this, 'Default', 'ConfigMap', {
      metadata: context.metadata('audit-policy-fragment', {
        namespace: context.names.control,
        purpose: "rules to merge into the API server's audit policy",
      }),
      data: { 'audit-policy.json': `${JSON.stringify(policy, null, 2)}\n` },
    });
  }
}
