import type { Context } from '../context';
import type { Deployer } from '../declaration';
import { celString } from './policy';

/** CEL: the request comes from one service account. */
export const isServiceAccount = (namespace: string, name: string): string =>
  `request.userInfo.username == ${celString(`system:serviceaccount:${namespace}:${name}`)}`;

/** CEL: the request comes from the warden. */
export const isWarden = (context: Context): string => isServiceAccount(context.names.control, 'warden');

/** CEL: the request comes from a cluster administrator, who is outside the threat model (SECURITY.md). */
export const isClusterAdmin = "(has(request.userInfo.groups) && 'system:masters' in request.userInfo.groups)";

/** CEL: the request comes from one declared deployer. */
export const isDeployer = (deployer: Deployer): string => {
  const [kind, name = ''] = [deployer.slice(0, deployer.indexOf(':')), deployer.slice(deployer.indexOf(':') + 1)];
  if (kind === 'group') return `(has(request.userInfo.groups) && ${celString(name)} in request.userInfo.groups)`;
  const [namespace = '', account = ''] = name.split('/');
  return kind === 'user' ? `request.userInfo.username == ${celString(name)}` : isServiceAccount(namespace, account);
};

/** CEL: the request comes from somebody who may change the environment, or from the cluster's own controllers. */
export const mayDeploy = (context: Context): string =>
  [isClusterAdmin, ...context.declaration.owner.deployers.map(isDeployer), context.platform.systemAccounts].join(
    ' || ',
  );
