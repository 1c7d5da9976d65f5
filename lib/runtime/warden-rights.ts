import { Construct } from 'constructs';
import type { Context } from '../context';
import { agentLeaf } from '../identity/certificates';
import { KubeObject, type PolicyRule } from '../k8s';
import { objectName } from '../names';
import { CA_BUNDLE, CONTAINMENT_RECORD, identitySecret } from './objects';

/**
 * What the warden may do in the API server: label, scale down and delete declared agents, and write its own records.
 * It creates no pods, enters none, evicts none (an eviction can be refused) and reads no Secret but the leaves it
 * hands over; a Deployment is read, and changed in its scale alone.
 */
export class WardenRights extends Construct {
  constructor(scope: Construct, id: string, context: Context) {
    super(scope, id);
    const { names, declaration } = context;
    const agents = Object.keys(declaration.agents);
    const workloads = agents.map(objectName);
    this.grant(context, 'agents', names.agents, 'the warden quarantines, suspends and kills agents', [
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', 'patch', 'delete'] },
      { apiGroups: ['apps'], resources: ['deployments'], resourceNames: workloads, verbs: ['get'] },
      { apiGroups: ['apps'], resources: ['deployments/scale'], resourceNames: workloads, verbs: ['get', 'patch'] },
      {
        apiGroups: [''],
        resources: ['secrets'],
        resourceNames: agents.map(identitySecret),
        verbs: ['get', 'update', 'patch'],
      },
    ]);
    this.grant(context, 'control', names.control, 'the warden keeps its records and hands over identities', [
      {
        apiGroups: [''],
        resources: ['configmaps'],
        resourceNames: [CONTAINMENT_RECORD, CA_BUNDLE],
        verbs: ['get', 'list', 'watch', 'update', 'patch'],
      },
      {
        apiGroups: [''],
        resources: ['secrets'],
        resourceNames: agents.map(agentLeaf),
        // By name: a list or watch needs the field selector metadata.name.
        verbs: ['get', 'list', 'watch'],
      },
    ]);
  }

  private grant(context: Context, id: string, namespace: string, purpose: string, rules: readonly PolicyRule[]): void {
    new KubeObject(this, `role-${id}`, 'Role', { metadata: context.metadata('warden', { namespace, purpose }), rules });
    new KubeObject(this, `binding-${id}`, 'RoleBinding', {
      metadata: context.metadata('warden', { namespace, purpose }),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'warden' },
      subjects: [{ kind: 'ServiceAccount', name: 'warden', namespace: context.names.control }],
    });
  }
}
