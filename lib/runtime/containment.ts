import { Construct } from 'constructs';
import { AskedPolicy } from '../admission/asks';
import { celList, celString, inNamespace, podRule, ValidatingPolicy } from '../admission/policy';
import type { Context } from '../context';
import { KubeObject } from '../k8s';
import { LABEL } from '../names';
import { core, Identities, isTrusted, unchanged, writable } from './identities';
import { CA_BUNDLE, CONTAINMENT_RECORD, identitySecret } from './objects';

/** A pod must be gone this long after it was told to. */
export const LONGEST_GRACE_SECONDS = 30;
/** Finalizers of a pod that the cluster removes by itself: a Job's bookkeeping. */
const OWN_FINALIZERS = ['batch.kubernetes.io/job-tracking'];

/** CEL: no owner whose absence would make the cluster collect the object as garbage. */
const unowned = '(!has(object.metadata.ownerReferences) || object.metadata.ownerReferences.size() == 0)';

/**
 * What makes containment stick, in the API server itself. Nothing here asks a webhook, a registry or a service of
 * ours; only the creation of pods looks at a parameter, so that labels, scaling, finalizers and deletion pass while
 * everything else is down. Records start empty and carry no data in the manifests: applying again resets nothing.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
export class Containment extends Construct {
  private readonly context: Context;

  constructor(scope: Construct, id: string, context: Context) {
    super(scope, id);
    this.context = context;
    this.objects();
    this.hold();
    this.record();
    this.label();
    this.promptEnd();
    new Identities(this, 'identities', context);
  }

  /** The objects that the warden fills. */
  private objects(): void {
    const { names, declaration } = this.context;
    for (const [name, purpose] of [
      [CONTAINMENT_RECORD, 'names the contained agents; only the warden writes it'],
      [CA_BUNDLE, "publishes the environment's CA certificate; only the warden writes it"],
    ] as const)
      new KubeObject(this, `record-${name}`, 'ConfigMap', {
        metadata: this.context.metadata(name, { namespace: names.control, purpose }),
      });
    for (const agent of Object.keys(declaration.agents))
      new KubeObject(this, identitySecret(agent), 'Secret', {
        metadata: this.context.metadata(identitySecret(agent), {
          namespace: names.agents,
          purpose: `certificate of the agent ${agent}; the warden fills it, and empties it on containment`,
        }),
        type: 'Opaque',
      });
    for (const [model] of this.context.models)
      new KubeObject(this, `model-${identitySecret(model)}`, 'Secret', {
        metadata: this.context.metadata(identitySecret(model), {
          namespace: names.models,
          purpose: `certificate of the model ${model}; the warden fills it, and empties it on containment`,
        }),
        type: 'Opaque',
      });
  }

  /** No new pod of a contained agent, whoever asks: autoscalers, controllers, owners and administrators alike. */
  private hold(): void {
    const { names } = this.context;
    const label = celString(LABEL.agent);
    new AskedPolicy(this, 'containment', this.context, {
      purpose: 'refuses new pods of an agent that the containment record names',
      paramRef: { name: CONTAINMENT_RECORD, namespace: names.control, parameterNotFoundAction: 'Deny' },
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      matchConstraints: inNamespace(this.context.governed, podRule(['CREATE'])),
      variables: [
        { name: 'agent', expression: `object.metadata.?labels[?${label}].orValue('')` },
        {
          name: 'contained',
          expression: '(has(params.data) && variables.agent in params.data) || has(params.binaryData)',
        },
      ],
      validations: [
        {
          expression: "variables.agent != ''",
          message: `a pod without the label ${LABEL.agent} cannot be told from a contained agent`,
        },
        {
          expression: '!variables.contained',
          messageExpression: `'agent "' + variables.agent + '" is contained: the record ${CONTAINMENT_RECORD} in ${names.control} holds it until two people release it'`,
        },
      ],
    });
  }

  /** Who may write the records. Compares objects, not names of requests: a deletion of a collection has no name. */
  private record(): void {
    const { names, platform } = this.context;
    const isRecord = (object: string): string =>
      `${object}.metadata.name in ${celList([CONTAINMENT_RECORD, CA_BUNDLE])}`;
    const metadata = (field: string): string => `object.metadata.?${field} == oldObject.metadata.?${field}`;
    new ValidatingPolicy(this, 'containment-record', this.context, {
      purpose: 'only the warden writes the containment record and the CA bundle',
      matchConstraints: inNamespace(names.control, core('configmaps', ['CREATE', 'UPDATE', 'DELETE'])),
      matchConditions: [
        {
          name: 'records',
          expression: `request.operation == 'DELETE' ? ${isRecord('oldObject')} : ${isRecord('object')}`,
        },
        { name: 'not-trusted', expression: `!${isTrusted(this.context)}` },
      ],
      validations: [
        {
          expression: `request.operation != 'CREATE' || (!has(object.data) && !has(object.binaryData) && ${writable} && ${unowned})`,
          message: 'a record starts empty, writable and without an owner: the warden fills it',
        },
        {
          expression: `request.operation != 'UPDATE' || (${unchanged('data')} && ${unchanged('binaryData')} && ${writable} && ${metadata('ownerReferences')})`,
          message: 'only the warden changes what a record says',
        },
        {
          expression: `request.operation != 'DELETE' || ${platform.systemAccounts}`,
          message: 'a record goes with its namespace: deleting it would release what it holds',
        },
      ],
    });
  }

  /** A quarantine once set, by anyone, is lifted by the warden alone. Status updates carry labels as well. */
  private label(): void {
    const quarantine = (object: string): string => `${object}.metadata.?labels[?${celString(LABEL.quarantine)}]`;
    new ValidatingPolicy(this, 'quarantine-label', this.context, {
      purpose: 'only the warden lifts a quarantine',
      matchConstraints: inNamespace(this.context.governed, podRule(['UPDATE'], 'pods', 'pods/*')),
      matchConditions: [{ name: 'quarantined', expression: `${quarantine('oldObject')}.hasValue()` }],
      validations: [
        {
          expression: `${quarantine('object')} == ${quarantine('oldObject')} || ${isTrusted(this.context)}`,
          message: `the label ${LABEL.quarantine} is removed or changed by the warden alone`,
        },
      ],
    });
  }

  /** A pod of an agent ends when it is told to: nothing may make its deletion wait. */
  private promptEnd(): void {
    const finalizers = 'object.metadata.?finalizers.orValue([])';
    const known = `f in ${celList(OWN_FINALIZERS)}`;
    new AskedPolicy(this, 'prompt-end', this.context, {
      purpose: "nothing makes the deletion of an agent's pod wait",
      matchConstraints: inNamespace(this.context.governed, podRule(['CREATE', 'UPDATE'], 'pods', 'pods/status')),
      validations: [
        {
          // What is already there may stay while it is being taken away, one by one.
          expression: `${finalizers}.all(f, ${known} || (oldObject != null && f in oldObject.metadata.?finalizers.orValue([])))`,
          message: `an agent's pod has no finalizer but ${OWN_FINALIZERS.join(', ')}: it would outlive its deletion`,
        },
        {
          expression: `oldObject != null || object.spec.?terminationGracePeriodSeconds.orValue(30) <= ${LONGEST_GRACE_SECONDS}`,
          message: `an agent's pod ends within ${LONGEST_GRACE_SECONDS} s of its deletion`,
        },
      ],
    });
  }
}
