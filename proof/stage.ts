import { LABEL } from '../lib/names';
import { CONTAINMENT_RECORD } from '../lib/runtime/objects';
import type { Manifest } from '../lib/synth/object';
import type { Control, Ref } from './case';
import { imagesNamespace } from './cases/signatures';
import { marked, ownLabels } from './copy';
import { administratorsOf, ownersOf } from './identities';
import { NotServed, type Requests, refOf } from './requests';
import { type Loose, type Subject, WAITING } from './subject';
import type { Result } from './verdict';

/**
 * Kinds that a copy really holds. The rest acts beyond the copy (a route takes traffic, a certificate is issued, an
 * alert rings) and no case needs it: it is applied as a dry run.
 */
const HELD = new Set([
  'ResourceQuota',
  'LimitRange',
  'NetworkPolicy',
  'ClusterNetworkPolicy',
  'AdminNetworkPolicy',
  'ServiceAccount',
  'Role',
  'RoleBinding',
  'ClusterRoleBinding',
  'ConfigMap',
  'Secret',
  'Service',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ImageValidatingPolicy',
  'StatefulSet',
  'Deployment',
  'Job',
  'CronJob',
  'Sandbox',
]);
const RBAC = 'rbac.authorization.k8s.io';

/** The copy in the cluster: raised step by step, so that each state in which cases are tried is a real one. */
export class Stage {
  readonly results: Result[] = [];
  private readonly labels: Readonly<Record<string, string>>;

  constructor(
    private readonly requests: Requests,
    private readonly subject: Subject,
  ) {
    this.labels = ownLabels(subject.names.environment);
  }

  /** Everything but admission: what is created now is judged by no policy. */
  async raise(): Promise<void> {
    await this.applyAll((o) => o.kind === 'Namespace');
    await this.people();
    await this.applyAll((o) => o.kind !== 'Namespace' && !isAdmission(o) && !verifies(o));
    await this.waitingPods();
  }

  /** Admission but for what verifies images: every agent pod must be refused now. */
  async govern(): Promise<void> {
    await this.applyAll((o) => isAdmission(o) && !verifies(o));
  }

  /** The signature policies, and the bindings that want them to be as declared. */
  async verify(): Promise<void> {
    await this.applyAll(verifies);
  }

  /** Contains the first agent as the warden would. @returns what went wrong */
  async hold(): Promise<string | undefined> {
    const [agent = ''] = this.subject.agents;
    const { warden } = this.subject.who;
    const record: Ref = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: CONTAINMENT_RECORD,
      namespace: this.subject.names.control,
    };
    const held = await this.requests.patch(
      record,
      { data: { [agent]: '{"since":"now","by":"firepit prove"}' } },
      warden,
    );
    const label = { metadata: { labels: { [LABEL.quarantine]: 'true' } } };
    const cut = await this.requests.patch(this.waitingIn(this.subject.names.agents), label, warden);
    return held.ok && cut.ok ? undefined : held.message || cut.message;
  }

  /** Takes the containment back. */
  async release(): Promise<void> {
    const [agent = ''] = this.subject.agents;
    const record: Ref = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: CONTAINMENT_RECORD,
      namespace: this.subject.names.control,
    };
    await this.requests.patch(record, { data: { [agent]: null } }, this.subject.who.warden);
  }

  /** Tells a signature policy of the copy to audit only, or to deny again. */
  async weaken(policy: string, actions: 'Audit' | 'Deny'): Promise<void> {
    await this.requests.patch(
      { apiVersion: 'policies.kyverno.io/v1', kind: 'ImageValidatingPolicy', name: policy },
      { spec: { validationActions: [actions] } },
    );
  }

  private waitingIn(namespace: string): Ref {
    return { apiVersion: 'v1', kind: 'Pod', name: WAITING, namespace };
  }

  /** Rights of those who try, and the namespace that only the signature policies select. */
  private async people(): Promise<void> {
    const { agents, control, environment } = this.subject.names;
    const images = imagesNamespace(environment);
    await this.put(
      this.plain(
        'v1',
        'Namespace',
        images,
        undefined,
        {},
        { [LABEL.environment]: environment, [LABEL.governed]: 'agents' },
      ),
    );
    for (const namespace of [agents, control])
      for (const [role, group] of [
        ['cluster-admin', ownersOf(environment)],
        ['admin', administratorsOf(environment)],
      ] as const)
        await this.put(
          this.plain(`${RBAC}/v1`, 'RoleBinding', `firepit-proof-${role}`, namespace, {
            roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
            subjects: [{ apiGroup: RBAC, kind: 'Group', name: group }],
          }),
        );
  }

  /** Pods from before admission: what holds for running pods is tried on them, whatever Kyverno does. */
  private async waitingPods(): Promise<void> {
    const [agent = ''] = this.subject.agents;
    const [component = ''] = this.subject.components;
    for (const pod of [this.subject.agentPod(agent), this.subject.controlPod(component)])
      await this.put(marked(this.subject.waiting(pod), this.labels));
  }

  private plain(
    apiVersion: string,
    kind: string,
    name: string,
    namespace: string | undefined,
    rest: Loose,
    labels: Readonly<Record<string, string>> = {},
  ): Loose {
    return {
      apiVersion,
      kind,
      metadata: { name, ...(namespace === undefined ? {} : { namespace }), labels: { ...labels, ...this.labels } },
      ...rest,
    };
  }

  private async put(object: Loose): Promise<void> {
    const { ok, message } = await this.requests.apply(object);
    if (!ok) this.tell(object, 'unproven', `the bench of the proof is incomplete: ${message}`, []);
  }

  private async applyAll(which: (object: Manifest) => boolean): Promise<void> {
    for (const object of this.subject.objects.filter(which)) await this.applyOne(object);
  }

  private async applyOne(object: Manifest): Promise<void> {
    const { namespace } = object.metadata;
    const home = [undefined, this.subject.names.agents, this.subject.names.control].includes(namespace);
    const dry = !(home && (HELD.has(object.kind) || object.kind === 'Namespace'));
    try {
      const { ok, message, warnings } = await this.requests.apply(asleep(marked(object, this.labels)), { dry });
      if (!ok) this.tell(object, 'failed', message, warnings);
      else if (warnings.length > 0) this.tell(object, 'failed', warnings.join('; '), warnings);
      else this.tell(object, 'proven', dry ? 'taken, as a dry run' : 'taken', warnings);
    } catch (error) {
      if (!(error instanceof NotServed)) throw error;
      this.tell(object, 'unproven', error.message, []);
    }
  }

  private tell(object: Manifest, state: Result['state'], words: string, warnings: readonly string[]): void {
    const { kind, name, namespace } = refOf(object);
    this.results.push({
      id: `applied/${kind.toLowerCase()}`,
      control: APPLIED,
      threats: [],
      what: warnings.length > 0 ? 'it is applied, with a warning' : 'it is applied',
      expect: 'allowed',
      on: namespace === undefined ? name : `${namespace}/${name}`,
      state,
      ...(state === 'proven' ? {} : { why: words }),
      evidence: words,
    });
  }
}

const APPLIED: Control = 'API server';
const isAdmission = ({ kind }: Manifest): boolean => /AdmissionPolicy(Binding)?$/.test(kind);
const verifies = (object: Manifest): boolean =>
  object.kind === 'ImageValidatingPolicy' ||
  (object.kind === 'ValidatingAdmissionPolicyBinding' && /-signed-[a-z0-9-]+$/.test(object.metadata.name));

/** Workloads of a copy have no pods: it proves what is let in, and runs nothing. */
const ASLEEP: Readonly<Record<string, Loose>> = {
  Deployment: { replicas: 0 },
  StatefulSet: { replicas: 0 },
  Job: { suspend: true },
  CronJob: { suspend: true },
  Sandbox: { operatingMode: 'Suspended' },
};
const asleep = (object: Loose): Loose =>
  ASLEEP[object.kind] === undefined ? object : { ...object, spec: { ...object.spec, ...ASLEEP[object.kind] } };
