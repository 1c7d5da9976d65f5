import type { Construct } from 'constructs';
import type { Context } from '../context';
import { inNamespace, MutatingPolicy, podRule, ValidatingPolicy, type ValidatingProps } from './policy';

/** Policies that judge every new pod of an agent. */
export const ASKED = [
  'agent-pods',
  'containment',
  'gateway-address-only',
  'models',
  'prompt-end',
  'signature-check',
  'signed-images',
] as const;
/** Policies that judge every new pod of a model of one's own. */
export const ASKED_OF_MODELS = [
  'containment',
  'model-pods',
  'models',
  'prompt-end',
  'signature-check',
  'signed-images',
] as const;
export type Asked = (typeof ASKED)[number] | (typeof ASKED_OF_MODELS)[number];

/** Namespaces whose pods ask a policy. */
const namespacesOf = ({ names, models }: Context, policy: Asked): readonly string[] => [
  ...((ASKED as readonly string[]).includes(policy) ? [names.agents] : []),
  ...(models.length > 0 && (ASKED_OF_MODELS as readonly string[]).includes(policy) ? [names.models] : []),
];

/** The resource by which a pod asks a policy to judge it. No node has any. */
export const askOf = (policy: Asked): string => `asks.firepit.dev/${policy}`;

/** What the pods of agents, or others, ask for; nothing where the platform cannot take it back. */
export const asksOf = (context: Context, asked: readonly Asked[] = ASKED): readonly string[] =>
  context.platform.mutatingPolicies ? asked.map(askOf) : [];

/** A JSON patch that takes an ask out of an agent's container. */
const takenBack = (ask: string): string =>
  `[${['limits', 'requests']
    .map((side) => `JSONPatch{op: 'remove', path: '/spec/containers/0/resources/${side}/${ask.replace('/', '~1')}'}`)
    .join(', ')}]`;

/**
 * A policy that judges new pods of agents, whether or not it is in force yet. Kubernetes puts each policy into force on
 * its own, up to seconds after it is stored. So an agent's container asks for one unit of a resource of the policy's
 * name: no node has it, and the namespace's quota allows none. Only the mutating policy made here takes it back, and
 * only from a pod that all demands of the validating one hold for. Before that, the pod is refused, its controller
 * tries again, and if it were let in it would fit no node.
 */
export class AskedPolicy extends ValidatingPolicy {
  constructor(scope: Construct, id: Asked, context: Context, props: ValidatingProps) {
    super(scope, id, context, props);
    if (!context.platform.mutatingPolicies) return;
    const { paramRef, paramKind, variables = [], validations } = props;
    const ask = askOf(id);
    const demands = validations.map(({ expression }, i) => ({ name: `demand${i}`, expression }));
    new MutatingPolicy(this, id, context, {
      purpose: `lets an agent's pod start once ${id} holds for it: the pod asks for ${ask} until then`,
      usesProductImages: props.usesProductImages === true,
      // When it fails or has no parameter it takes nothing back, and the validating policy says what is wrong.
      failurePolicy: 'Ignore',
      ...(paramKind === undefined ? {} : { paramKind }),
      ...(paramRef === undefined ? {} : { paramRef: { ...paramRef, parameterNotFoundAction: 'Allow' } }),
      matchConstraints: inNamespace(namespacesOf(context, id), podRule(['CREATE'])),
      matchConditions: [
        { name: 'asked', expression: `'${ask}' in object.spec.containers[0].?resources.?limits.orValue({})` },
      ],
      variables: [...variables, ...demands],
      mutations: [
        {
          patchType: 'JSONPatch',
          jsonPatch: {
            expression: `${demands.map(({ name }) => `variables.${name}`).join(' && ')} ? ${takenBack(ask)} : []`,
          },
        },
      ],
    });
  }
}
