import type { AdmissionRequest } from '../match';
import { NAMESPACE_ADMIN, serviceAccount } from '../probes';
import { NOT_APPLICABLE, type Rule } from '../types';
import type { Data } from '../values';
import type { View } from '../view';
import { type Attack, admitted, refused } from './_probe';
import { recordOf } from './containment-holds';

type User = AdmissionRequest['user'];

/** A declared deployer, as the API server knows it. */
const deployer = (declared: string): User => {
  const [kind, name = ''] = [declared.slice(0, declared.indexOf(':')), declared.slice(declared.indexOf(':') + 1)];
  if (kind === 'serviceaccount') return serviceAccount(name.split('/')[0] ?? '', name.split('/')[1] ?? '');
  return kind === 'group' ? { username: 'deployer', groups: [name] } : { username: name, groups: [] };
};

const write = (
  view: View,
  user: User,
  operation: 'CREATE' | 'UPDATE' | 'DELETE',
  { before, after }: { readonly before?: Data; readonly after?: Data },
): AdmissionRequest => {
  const record = recordOf(view);
  const base = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: record?.namespace, name: record?.name },
  };
  return {
    operation,
    group: '',
    version: 'v1',
    resource: 'configmaps',
    namespace: record?.namespace,
    name: record?.name ?? '',
    ...(after === undefined ? {} : { object: { ...base, ...after } }),
    ...(before === undefined ? {} : { oldObject: { ...base, ...before } }),
    user,
  };
};

const HELD = { data: { agent: '{}' } };

const attacks = (view: View, user: User): readonly Attack[] => [
  {
    what: `${user.username} releasing an agent from the containment record`,
    request: write(view, user, 'UPDATE', { before: HELD, after: { data: {} } }),
  },
  {
    what: `${user.username} emptying the containment record`,
    request: write(view, user, 'UPDATE', { before: HELD, after: {} }),
  },
  {
    what: `${user.username} freezing the containment record`,
    request: write(view, user, 'UPDATE', { before: HELD, after: { ...HELD, immutable: true } }),
  },
  {
    what: `${user.username} deleting the containment record`,
    request: write(view, user, 'DELETE', { before: HELD }),
  },
];

export const rule: Rule = {
  id: 'containment-record-is-the-wardens',
  layer: 'runtime',
  info: 'Somebody but the warden may change or delete the record of contained agents.',
  explanation:
    'who can edit the record can release an agent, and a deployer who applies the manifests again must not do so by accident',
  fix: 'keep the admission policy on the containment record as the environment writes it',
  check: (view) => {
    const record = recordOf(view);
    if (record === undefined) return NOT_APPLICABLE;
    const object = `ConfigMap ${record.namespace}/${record.name}`;
    const users = [
      NAMESPACE_ADMIN,
      serviceAccount(view.names.control, 'governor'),
      ...view.declaration.owner.deployers.map(deployer),
    ];
    return [
      ...users.flatMap((user) => admitted(view, object, attacks(view, user))),
      ...refused(view, [
        {
          what: 'the warden writing the containment record',
          request: write(view, serviceAccount(view.names.control, 'warden'), 'UPDATE', { before: {}, after: HELD }),
          world: [],
        },
        {
          what: 'the warden releasing an agent',
          request: write(view, serviceAccount(view.names.control, 'warden'), 'UPDATE', { before: HELD, after: {} }),
          world: [],
        },
      ]),
    ];
  },
};
