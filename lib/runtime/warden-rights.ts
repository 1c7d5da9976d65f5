import { Construct } from 'constructs';
import type { Context } from '../context';
import { type Agent, Workload } from '../declaration';
import { agentLeaf, modelLeaf } from '../identity/certificates';
import { KubeObject, type PolicyRule } from '../k8s';
import { workloadObject } from '../workload-object';
import { CA_BUNDLE, CONTAINMENT_RECORD, identitySecret } from './objects';

/** Rights to read what runs the agents and to suspend it, kind by kind. */
const suspensions = (declared: readonly (readonly [string, Pick<Agent, 'workload'>])[]): PolicyRule[] => {
  const objects = declared.map(([name, of]) => workloadObject(name, of));
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
    const models = context.models.map(([name]) => name);
    this.contain(context, 'agents', names.agents, agents, suspensions(Object.entries(declaration.agents)));
    const served = models.map((name) => [name, { workload: Workload.deployment({ replicas: 1 }) }] as const);
    if (models.length > 0) this.contain(context, 'models', names.models, models, suspensions(served));
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
        resourceNames: [...agents.map(agentLeaf), ...models.map(modelLeaf)],
        // By name: a list or watch needs the field selector metadata.name.
        verbs: ['get', 'list', 'watch'],
      },
    ]);
  }

  /** Quarantine, suspend and kill what runs in a namespace, by the declared names. */
  private contain(
    context: Context,
    id: 'agents' | 'models',
    namespace: string,
    declared: readonly string[],
    suspending: readonly PolicyRule[],
  ): void {
    this.grant(context, id, namespace, `the warden quarantines, suspends and kills ${id}`, [
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', 'patch', 'delete'] },
      ...suspending,
      {
        apiGroups: [''],
        resources: ['secrets'],
        resourceNames: declared.map(identitySecret),
        verbs: ['get', 'update', 'patch'],
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
