import { Construct } from 'constructs';
import type { Context } from '../context';
import { CATCH_ALL, KNOWN } from '../foundation/catch-all';
import { celString, inNamespace, podRule, ValidatingPolicy } from './policy';

/**
 * An environment that says its cluster has a foundation does not take it on trust: the foundation's catch-all is the
 * parameter of a policy, and agents and models of one's own start only where it is there, fails closed and names this
 * environment.
 */
export class FoundationKnown extends Construct {
  constructor(scope: Construct, id: string, context: Context) {
    super(scope, id);
    const { names } = context;
    new ValidatingPolicy(this, 'foundation', context, {
      purpose: "what is governed starts where the cluster's foundation is in force and knows its environment",
      paramKind: { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy' },
      paramRef: { name: CATCH_ALL, parameterNotFoundAction: 'Deny' },
      matchConstraints: inNamespace(context.governed, podRule(['CREATE'])),
      validations: [
        {
          expression:
            "params.spec.?failurePolicy.orValue('Fail') == 'Fail' && params.spec.?validations.orValue([]).size() > 0",
          message: "the catch-all of the cluster's foundation is not in force: apply the foundation again",
        },
        {
          expression: `params.spec.?variables.orValue([]).exists(v, v.name == ${celString(KNOWN)} && v.expression.contains(${celString(`'${names.environment}'`)}))`,
          message: `the foundation of this cluster does not know the environment ${names.environment}: add it to its environments and apply that first`,
        },
      ],
    });
  }
}
