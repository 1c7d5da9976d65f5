import { Construct } from 'constructs';
import { celList, celString, EXCEPTIONS, podRule, ValidatingPolicy } from '../admission/policy';
import { ENDINGS } from '../declaration/own-namespaces';
import { LABEL } from '../names';
import type { FoundationContext } from './context';

/** Name of the policy that an environment takes as parameter: what it knows of the cluster's foundation. */
export const CATCH_ALL = 'firepit-system-catch-all';
/** The variable of it that lists the environments. */
export const KNOWN = 'environments';

/** Labels by which policies of environments select pods. Not the quarantine label: whatever cuts off is welcome. */
const GOVERNED = [LABEL.environment, LABEL.component, LABEL.agent];

/**
 * CEL: a name is that of a known environment, or of the disposable copy that `firepit prove` makes of one: the name,
 * cut where it would be longer than 40 characters, and `-proof-` with four more.
 */
const known = (name: string): string =>
  `variables.${KNOWN}.exists(e, ${name} == e || (${name}.matches('-proof-[a-z0-9]{4}$') && (${name}.split('-proof-')[0] == e || (${name}.size() >= 38 && e.startsWith(${name}.split('-proof-')[0])))))`;

/**
 * What no environment can refuse by itself, because it happens outside of it: a pod elsewhere that carries the labels
 * of one, a namespace that claims to belong to one, an exception from the signature check of any.
 */
export class CatchAll extends Construct {
  constructor(scope: Construct, id: string, context: FoundationContext) {
    super(scope, id);
    const environments = { name: KNOWN, expression: celList(Object.keys(context.declaration.environments).sort()) };
    const label = (of: string, key: string): string => `${of}.metadata.?labels[?${celString(key)}].orValue('')`;
    new ValidatingPolicy(this, 'catch-all', context, {
      purpose: 'pods and namespaces that carry the labels of an environment belong to one that the foundation knows',
      matchConstraints: {
        matchPolicy: 'Equivalent',
        resourceRules: [
          podRule(['CREATE', 'UPDATE']),
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['namespaces'] },
        ],
      },
      matchConditions: [
        {
          name: 'governed',
          expression: `${celList([...GOVERNED, LABEL.governed])}.exists(k, k in object.metadata.?labels.orValue({}))`,
        },
        {
          // A quarantine label is always taken, also on a pod whose environment is no longer known.
          name: 'labelled-anew',
          expression: `request.operation == 'CREATE' || ${celList([...GOVERNED, LABEL.governed])}.exists(k, object.metadata.?labels[?k] != oldObject.metadata.?labels[?k])`,
        },
      ],
      variables: [
        environments,
        { name: 'environment', expression: label('object', LABEL.environment) },
        { name: 'isNamespace', expression: "request.resource.resource == 'namespaces'" },
      ],
      validations: [
        {
          expression: known('variables.environment'),
          messageExpression:
            "'the foundation of this cluster does not know the environment \"' + variables.environment + '\"; add it to the environments of the foundation and apply that first'",
        },
        {
          expression: `(variables.isNamespace ? object.metadata.name : request.namespace) in ${celList(ENDINGS)}.map(e, variables.environment + e)`,
          messageExpression:
            "'what carries the labels of the environment \"' + variables.environment + '\" is in its namespaces; found ' + (variables.isNamespace ? object.metadata.name : request.namespace)",
        },
      ],
    });
    new ValidatingPolicy(this, 'no-policy-exceptions', context, {
      purpose: 'nobody is excepted from the signature check of any environment',
      matchConstraints: {
        matchPolicy: 'Equivalent',
        resourceRules: [EXCEPTIONS],
      },
      variables: [environments],
      validations: [
        {
          // What stands before a wildcard and may lead to one of their policies counts as naming it.
          expression: `!object.spec.?policyRefs.orValue([]).exists(p, variables.${KNOWN}.exists(e, p.name.startsWith(e + '-') || ((p.name.contains('*') || p.name.contains('?')) && (e + '-').startsWith(p.name.split('*')[0].split('?')[0]))))`,
          message: 'no exception from a policy of a governed environment: sign the image instead',
        },
      ],
    });
  }
}
