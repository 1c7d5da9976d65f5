import type { AdmissionRequest } from '../match';
import { deployer, NAMESPACE_ADMIN, serviceAccount } from '../probes';
import type { Rule } from '../types';
import type { Data } from '../values';
import type { View } from '../view';
import { type Attack, admitted, refused } from './_probe';
import { identitiesOf } from './agents-hold-no-credentials';

type User = AdmissionRequest['user'];
const FULL = { data: { 'tls.key': 'eA==' } };

const write = (
  user: User,
  namespace: string,
  name: string,
  { before, after }: { readonly before?: Data; readonly after: Data },
): AdmissionRequest => {
  const base = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, type: 'Opaque' };
  return {
    operation: before === undefined ? 'CREATE' : 'UPDATE',
    group: '',
    version: 'v1',
    resource: 'secrets',
    namespace,
    name,
    object: { ...base, ...after },
    ...(before === undefined ? {} : { oldObject: { ...base, ...before } }),
    user,
  };
};

/** Ways to put a credential beside the agents, or to keep one. */
const attacks = (view: View, user: User): readonly Attack[] => [
  ...view.governed.flatMap((agents) => [
    {
      what: `${user.username} putting a credential beside the agents`,
      request: write(user, agents, 'more', { after: FULL }),
    },
    ...identitiesOf(view, agents).flatMap((name) => [
      {
        what: `${user.username} making ${name} with a certificate`,
        request: write(user, agents, name, { after: FULL }),
      },
      { what: `${user.username} filling ${name}`, request: write(user, agents, name, { before: {}, after: FULL }) },
      {
        what: `${user.username} freezing ${name}`,
        request: write(user, agents, name, { before: {}, after: { immutable: true } }),
      },
    ]),
  ]),
  ...view.namespaces.map((namespace) => ({
    what: `${user.username} making a lasting token in ${namespace}`,
    request: write(user, namespace, 'token', { after: { type: 'kubernetes.io/service-account-token' } }),
  })),
];

export const rule: Rule = {
  id: 'identities-are-the-wardens',
  layer: 'identity',
  info: 'Somebody but the warden may put a credential beside the agents, fill an identity, or make a token that lasts.',
  explanation:
    'a contained agent is one whose certificate was taken back: who can hand it back, or hand out another, undoes the containment',
  fix: 'keep the admission policies on Secrets as the environment writes them: identities start empty and are filled by the warden',
  check: (view) => {
    const object = `Namespace ${view.names.agents}`;
    const users = [
      NAMESPACE_ADMIN,
      serviceAccount(view.names.control, 'governor'),
      serviceAccount('default', 'default'),
      ...view.declaration.owner.deployers.map(deployer),
    ];
    const warden = serviceAccount(view.names.control, 'warden');
    const [someone = NAMESPACE_ADMIN] = view.declaration.owner.deployers.map(deployer);
    return [
      ...users.flatMap((user) => admitted(view, object, attacks(view, user))),
      ...refused(
        view,
        view.governed.flatMap((namespace) =>
          identitiesOf(view, namespace).flatMap((name) => [
            {
              what: 'a deployer making an empty identity',
              request: write(someone, namespace, name, { after: {} }),
              world: [],
            },
            {
              what: 'the warden handing over a certificate',
              request: write(warden, namespace, name, { before: {}, after: FULL }),
              world: [],
            },
            {
              what: 'the warden taking a certificate back',
              request: write(warden, namespace, name, { before: FULL, after: {} }),
              world: [],
            },
          ]),
        ),
      ),
    ];
  },
};
