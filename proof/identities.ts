import type { Deployer, EnvironmentDeclaration } from '../lib/declaration';
import { namesOf } from '../lib/names';
import type { Identity } from './api';

const AUTHENTICATED = 'system:authenticated';
const account = (namespace: string, name: string): Identity => ({
  user: `system:serviceaccount:${namespace}:${name}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, AUTHENTICATED],
});

/** Group with every right inside the namespaces of a copy, bound by the proof itself. */
export const ownersOf = (copy: string): string => `firepit:proof:${copy}:owners`;
/** Group with the cluster role `admin` there. */
export const administratorsOf = (copy: string): string => `firepit:proof:${copy}:administrators`;

/** Who tries what. RBAC lets each of them so far that the control in question must answer. */
export interface Identities {
  /** Holds every right inside the namespaces, and is nobody the declaration knows. */
  readonly owner: Identity;
  /** A namespace administrator as Kubernetes ships the role. */
  readonly administrator: Identity;
  /** One of the declared deployers. */
  readonly deployer: Identity;
  readonly warden: Identity;
  /** Makes the pods of Deployments. */
  readonly controller: Identity;
  /** Authenticated, and nothing more. */
  readonly stranger: Identity;
  /** The account of an agent. */
  agent(name: string): Identity;
}

/** A deployer by its declared identity; its rights in the copy come from the owners' group. */
function deployerOf(deployer: Deployer, owners: string): Identity {
  const [kind, name] = [deployer.slice(0, deployer.indexOf(':')), deployer.slice(deployer.indexOf(':') + 1)];
  if (kind === 'group') return { user: 'firepit-proof-deployer', groups: [name, owners, AUTHENTICATED] };
  if (kind === 'user') return { user: name, groups: [owners, AUTHENTICATED] };
  const [namespace = '', serviceAccount = ''] = name.split('/');
  const { user, groups = [] } = account(namespace, serviceAccount);
  return { user, groups: [...groups, owners] };
}

export function identitiesOf({ name, owner }: EnvironmentDeclaration): Identities {
  const { agents, control } = namesOf(name);
  const owners = ownersOf(name);
  const [first] = owner.deployers;
  if (first === undefined) throw new Error(`${name} declares no deployer`);
  return {
    owner: { user: 'firepit-proof-owner', groups: [owners, AUTHENTICATED] },
    administrator: { user: 'firepit-proof-administrator', groups: [administratorsOf(name), AUTHENTICATED] },
    deployer: deployerOf(first, owners),
    warden: account(control, 'warden'),
    controller: account('kube-system', 'replicaset-controller'),
    stranger: { user: 'firepit-proof-stranger', groups: [AUTHENTICATED] },
    agent: (agent) => account(agents, agent),
  };
}
