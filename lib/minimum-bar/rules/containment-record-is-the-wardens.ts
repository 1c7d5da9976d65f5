import type { AdmissionRequest } from '../match';
import { deployer, NAMESPACE_ADMIN, serviceAccount } from '../probes';
import { NOT_APPLICABLE, type Problem, type Rule } from '../types';
import { at, type Data, string } from '../values';
import type { View } from '../view';
import { type Attack, admitted, refused } from './_probe';

type User = AdmissionRequest['user'];

/** A ConfigMap that only the warden writes. */
interface Kept {
  readonly namespace: string;
  readonly name: string;
}

/** The records that the warden keeps, as its configuration names them. */
const kept = (view: View): readonly Kept[] => {
  const value = view.configuration('warden', 'warden.json')?.value;
  return ['record', 'caBundle'].flatMap((field) => {
    const [namespace, name] = [string(at(value, field, 'namespace')), string(at(value, field, 'configMap'))];
    return namespace === undefined || name === undefined ? [] : [{ namespace, name }];
  });
};

const write = (
  record: Kept,
  user: User,
  operation: 'CREATE' | 'UPDATE' | 'DELETE',
  { before, after }: { readonly before?: Data; readonly after?: Data },
): AdmissionRequest => {
  const base = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: record.namespace, name: record.name },
  };
  return {
    operation,
    group: '',
    version: 'v1',
    resource: 'configmaps',
    namespace: record.namespace,
    name: record.name,
    ...(after === undefined ? {} : { object: { ...base, ...after } }),
    ...(before === undefined ? {} : { oldObject: { ...base, ...before } }),
    user,
  };
};

const HELD = { data: { agent: '{}' } };

const attacks = (record: Kept, user: User): readonly Attack[] => [
  {
    what: `${user.username} making ${record.name} with something in it`,
    request: write(record, user, 'CREATE', { after: HELD }),
  },
  {
    what: `${user.username} taking something from ${record.name}`,
    request: write(record, user, 'UPDATE', { before: HELD, after: { data: {} } }),
  },
  {
    what: `${user.username} emptying ${record.name}`,
    request: write(record, user, 'UPDATE', { before: HELD, after: {} }),
  },
  {
    what: `${user.username} freezing ${record.name}`,
    request: write(record, user, 'UPDATE', { before: HELD, after: { ...HELD, immutable: true } }),
  },
  {
    what: `${user.username} deleting ${record.name}`,
    request: write(record, user, 'DELETE', { before: HELD }),
  },
];

/** A record with something in it would be reset by whoever applies the manifests again. */
const filled = (view: View, record: Kept): Problem[] =>
  view
    .all('', 'ConfigMap')
    .filter(({ metadata }) => metadata?.namespace === record.namespace && metadata.name === record.name)
    .filter(({ data, binaryData }) => data !== undefined || binaryData !== undefined)
    .map((object) => ({ object, path: 'data', problem: 'it is written by hand: the warden alone fills it' }));

export const rule: Rule = {
  id: 'containment-record-is-the-wardens',
  layer: 'runtime',
  info: 'Somebody but the warden may change or delete the record of contained agents.',
  explanation:
    'who can edit the record can release an agent, and a deployer who applies the manifests again must not do so by accident',
  fix: 'keep the admission policy on the containment record as the environment writes it',
  check: (view) => {
    const records = kept(view);
    if (records.length === 0) return NOT_APPLICABLE;
    const warden = serviceAccount(view.names.control, 'warden');
    const users = [
      NAMESPACE_ADMIN,
      serviceAccount(view.names.control, 'governor'),
      ...view.declaration.owner.deployers.map(deployer),
    ];
    return records.flatMap((record) => [
      ...filled(view, record),
      ...users.flatMap((user) => admitted(view, `ConfigMap ${record.namespace}/${record.name}`, attacks(record, user))),
      ...refused(view, [
        {
          what: `the warden writing ${record.name}`,
          request: write(record, warden, 'UPDATE', { before: {}, after: HELD }),
          world: [],
        },
        {
          what: `the warden emptying ${record.name}`,
          request: write(record, warden, 'UPDATE', { before: HELD, after: {} }),
          world: [],
        },
      ]),
    ]);
  },
};
