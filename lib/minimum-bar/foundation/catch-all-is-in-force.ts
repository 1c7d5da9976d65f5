import { LABEL, namesOf } from '../../names';
import type { AdmissionRequest } from '../match';
import { NAMESPACE_ADMIN } from '../probes';
import { type Attack, admitted, refused } from '../rules/_probe';
import type { Rule } from '../types';
import type { Data } from '../values';
import type { FoundationView } from './view';

const UNKNOWN = 'no-such-environment';

const pod = (namespace: string, labels: Data, before?: Data): AdmissionRequest => {
  const of = (given: Data): Data => ({ metadata: { name: 'any', namespace, labels: given }, spec: { containers: [] } });
  return {
    operation: before === undefined ? 'CREATE' : 'UPDATE',
    group: '',
    version: 'v1',
    resource: 'pods',
    namespace,
    name: 'any',
    user: NAMESPACE_ADMIN,
    object: of(labels),
    ...(before === undefined ? {} : { oldObject: of(before) }),
  };
};

const namespace = (name: string, labels: Data, operation: 'CREATE' | 'UPDATE' = 'CREATE'): AdmissionRequest => ({
  operation,
  group: '',
  version: 'v1',
  resource: 'namespaces',
  namespace: name,
  name,
  user: NAMESPACE_ADMIN,
  object: { metadata: { name, labels } },
  ...(operation === 'CREATE' ? {} : { oldObject: { metadata: { name } } }),
});

const exception = (policy: string): AdmissionRequest => ({
  operation: 'CREATE',
  group: 'policies.kyverno.io',
  version: 'v1',
  resource: 'policyexceptions',
  namespace: 'kyverno',
  name: 'any',
  user: NAMESPACE_ADMIN,
  object: { metadata: { name: 'any' }, spec: { policyRefs: [{ kind: 'ImageValidatingPolicy', name: policy }] } },
});

const governed = (environment: string): Data => ({
  [LABEL.environment]: environment,
  [LABEL.component]: 'agent',
  [LABEL.agent]: 'any',
});
const ofNamespace = (environment: string): Data => ({ [LABEL.environment]: environment, [LABEL.governed]: 'agents' });

const attacks = (view: FoundationView): Attack[] => [
  { what: 'a namespace of an environment that it does not know', request: namespace(UNKNOWN, ofNamespace(UNKNOWN)) },
  { what: 'a pod of an environment that it does not know', request: pod(UNKNOWN, governed(UNKNOWN)) },
  ...[LABEL.environment, LABEL.component, LABEL.agent].map((key) => ({
    what: `a pod elsewhere with the label ${key} alone`,
    request: pod('default', { [key]: 'any' }),
  })),
  ...view.environments.flatMap((name) => [
    { what: `a pod elsewhere with the labels of ${name}`, request: pod('default', governed(name)) },
    { what: `a pod elsewhere that takes the labels of ${name}`, request: pod('default', governed(name), {}) },
    { what: `another namespace that claims to be of ${name}`, request: namespace('other', ofNamespace(name)) },
    {
      what: `another namespace that takes the labels of ${name}`,
      request: namespace('other', ofNamespace(name), 'UPDATE'),
    },
    { what: `an exception from the signatures of ${name}`, request: exception(`${name}-signed-images`) },
    { what: `an exception by a wildcard, which takes in ${name}`, request: exception(`${name.slice(0, 1)}*`) },
  ]),
  { what: 'an exception from everything', request: exception('*') },
];

const wishes = (view: FoundationView): Attack[] => [
  { what: 'pods of others', request: pod('default', { app: 'any' }) },
  { what: 'namespaces of others', request: namespace('default', {}, 'UPDATE') },
  ...view.environments.flatMap((name) =>
    [namesOf(name).agents, namesOf(name).control, namesOf(name).models].flatMap((one) => [
      { what: `the namespace ${one}`, request: namespace(one, ofNamespace(name)) },
      { what: `pods of ${one}`, request: pod(one, governed(name)) },
    ]),
  ),
  {
    what: 'a quarantine label, whoever the pod belongs to',
    request: pod(UNKNOWN, { ...governed(UNKNOWN), [LABEL.quarantine]: 'yes' }, governed(UNKNOWN)),
  },
];

export const rule: Rule<FoundationView> = {
  id: 'catch-all-is-in-force',
  layer: 'runtime',
  info: 'The catch-all admits what carries the labels of an environment outside of it, or refuses what is in order.',
  explanation:
    'policies of an environment select by labels and judge in its own namespaces: outside of them nobody else looks',
  fix: 'keep the catch-all policies, each with its binding, over all namespaces',
  check: (view) => [...admitted(view, 'foundation', attacks(view)), ...refused(view, wishes(view))],
};
