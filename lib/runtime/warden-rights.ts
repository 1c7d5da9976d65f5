import { Construct } from 'constructs';
import type { Context } from '../context';
import type { EnvironmentDeclaration } from '../declaration';
import { agentLeaf } from '../identity/certificates';
import { KubeObject, type PolicyRule } from '../k8s';
import { workloadObject } from '../workload-object';
import { CA_BUNDLE, CONTAINMENT_RECORD, identitySecret } from './objects';

/** Rights to read what runs the agents and to suspend it, kind by kind. */
const suspensions = ({ agents }: EnvironmentDeclaration): PolicyRule[] => {
  const objects = Object.entries(agents).map(([declared, agent]) => workloadObject(declared, agent));
  const kinds = new Map(objects.map((object) => [object.kind, object]));
  return [...kinds.values()].flatMap(({ kind, apiGroup, resource, suspendedIn }): PolicyRule[] => {
    const resourceNames = objects.filter((object) => object.kind === kind).map(({ name }) => name);
    const rule = (of: string, ...verbs: string[]): PolicyRule => ({
      apiGroups: [apiGroup],
      resources: [of],
      resourceNames,
      verbs,
    });
    return suspendedIn === resource
      ? [rule(resource, 'get', 'patch')]
      : [rule(resource, 'get'), rule(suspendedIn, 'get', 'patch')];
  });
};

/**
 * What the warden may do in the API server: label, scale down and delete declared agents, and write its own records.
 * It creates no pods, enters none, evicts none (an eviction can be refused) and reads no Secret but the leaves it
 * hands over; a Deployment is read, and changed in its scale alone. Other kinds have no such door: there admission
 * holds it to the one field (`Suspension`).
 */
export class WardenRights extends Construct {
  constructor(scope: Construct, id: string, context: Context) {
    super(scope, id);
    const { names, declaration } = context;
    const agents = Object.keys(declaration.agents);
    this.grant(context, 'agents', names.agents, 'the warden quarantines, suspends and kills agents', [
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', 'patch', 'delete'] },
      ...suspensions(declaration),
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
