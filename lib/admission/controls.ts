import { Construct } from 'constructs';
import type { Context } from '../context';
import { isClusterAdmin, isWarden, mayDeploy } from './people';
import { inEnvironment, inNamespace, ValidatingPolicy } from './policy';

const ALL: readonly ('CREATE' | 'UPDATE' | 'DELETE')[] = ['CREATE', 'UPDATE', 'DELETE'];
const rule = (apiGroup: string, ...resources: string[]) => ({
  apiGroups: [apiGroup],
  apiVersions: ['*'],
  operations: ALL,
  resources,
});

/**
 * The objects that govern are changed by the declared deployers alone, also against an administrator of the
 * namespace: NetworkPolicies add up, so one more of them reopens what another closed.
 */
export class Controls extends Construct {
  constructor(scope: Construct, id: string, context: Context) {
    super(scope, id);
    new ValidatingPolicy(this, 'controls', context, {
      purpose: 'what governs is changed by the declared deployers alone',
      matchConstraints: inEnvironment(
        context,
        rule('networking.k8s.io', 'networkpolicies', 'ingresses'),
        rule('', 'configmaps', 'services', 'serviceaccounts', 'resourcequotas', 'limitranges'),
        rule('rbac.authorization.k8s.io', 'roles', 'rolebindings'),
        rule('policy', 'poddisruptionbudgets'),
        rule('cert-manager.io', 'certificates', 'certificaterequests', 'issuers'),
        rule('gateway.networking.k8s.io', '*'),
        rule('route.openshift.io', 'routes'),
      ),
      validations: [
        {
          expression: `${mayDeploy(context)} || ${isWarden(context)} || request.userInfo.username.startsWith('system:serviceaccount:cert-manager:')`,
          messageExpression: `'only the deployers of ${context.names.environment} change what governs it; found ' + request.userInfo.username`,
        },
      ],
    });
    new ValidatingPolicy(this, 'tokens', context, {
      purpose: "tokens of the environment's service accounts are made for pods, by their nodes",
      matchConstraints: inEnvironment(context, {
        apiGroups: [''],
        apiVersions: ['v1'],
        operations: ['CREATE'],
        resources: ['serviceaccounts/token'],
      }),
      validations: [
        {
          expression: `(has(request.userInfo.groups) && 'system:nodes' in request.userInfo.groups) || ${isClusterAdmin}`,
          message: 'a token of a governed service account is mounted by the node of its pod, and made for nobody else',
        },
      ],
    });
    new ValidatingPolicy(this, 'no-data-in-secrets', context, {
      purpose: "the agents' namespace holds no Secret but identities",
      matchConstraints: inNamespace(context.governed, {
        apiGroups: [''],
        apiVersions: ['v1'],
        operations: ['CREATE'],
        resources: ['secrets'],
      }),
      validations: [
        {
          expression: `(object.metadata.name.endsWith('-identity') && !has(object.data)) || object.?type.orValue('') == 'kubernetes.io/dockerconfigjson' || ${context.platform.systemAccounts}`,
          message:
            "credentials belong to the control namespace: the agents' namespace holds identities, which start empty, and image pull secrets",
        },
      ],
    });
  }
}
