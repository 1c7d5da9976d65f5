import { Construct } from 'constructs';
import { isClusterAdmin, isWarden } from '../admission/people';
import { celList, inNamespace, ValidatingPolicy } from '../admission/policy';
import type { ResourceRule } from '../admission/types';
import type { Context } from '../context';
import { identitySecret } from './objects';

/** Requests about one kind of the core group. */
export const core = (resource: string, operations: ResourceRule['operations']): ResourceRule => ({
  apiGroups: [''],
  apiVersions: ['v1'],
  operations,
  resources: [resource],
});
/** CEL: a field of strings is the same before and after; absent equals empty. */
export const unchanged = (field: string): string =>
  `(has(object.${field}) ? object.${field} : {}) == (has(oldObject.${field}) ? oldObject.${field} : {})`;
/** CEL: the object is not frozen, so that the warden can still write it. */
export const writable = '(!has(object.immutable) || !object.immutable)';
/** CEL: the warden, or a cluster administrator, who must be able to release when the warden cannot. */
export const isTrusted = (context: Context): string => `(${isWarden(context)} || ${isClusterAdmin})`;

/** Who an agent is, is the warden's to give: certificates that only it hands over, and no lasting tokens. */
export class Identities extends Construct {
  constructor(scope: Construct, id: string, context: Context) {
    super(scope, id);
    this.certificates(context);
    this.legacyTokens(context);
  }

  /** A contained agent gets its certificate back from the warden, and from nobody else. */
  private certificates(context: Context): void {
    const { declaration } = context;
    const secrets = celList([
      ...Object.keys(declaration.agents).map(identitySecret),
      ...context.models.map(([model]) => identitySecret(model)),
    ]);
    new ValidatingPolicy(this, 'identities', context, {
      purpose: "only the warden fills an agent's identity",
      matchConstraints: inNamespace(context.governed, core('secrets', ['CREATE', 'UPDATE'])),
      matchConditions: [
        { name: 'identities', expression: `object.metadata.name in ${secrets}` },
        { name: 'not-trusted', expression: `!${isTrusted(context)}` },
      ],
      validations: [
        {
          expression: `(oldObject == null ? !has(object.data) : ${unchanged('data')}) && ${writable}`,
          message:
            "an agent's identity starts empty and writable: the warden hands the certificate over, and takes it back",
        },
      ],
    });
  }

  /** A Secret that asks for a token would make a way into the warden's account that never expires. */
  private legacyTokens(context: Context): void {
    const { names, platform } = context;
    new ValidatingPolicy(this, 'legacy-tokens', context, {
      purpose: "no lasting token of the control plane's service accounts",
      matchConstraints: inNamespace(names.control, core('secrets', ['CREATE'])),
      validations: [
        {
          expression: `object.?type.orValue('') != 'kubernetes.io/service-account-token' || ${isClusterAdmin} || ${platform.systemAccounts}`,
          message: 'no Secret holds a token of a service account: tokens are mounted by nodes and expire',
        },
      ],
    });
  }
}
