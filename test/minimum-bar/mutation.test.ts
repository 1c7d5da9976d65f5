import type { Manifest } from '../../lib/minimum-bar';
import { mutated, mutatedBy, mutations } from '../../lib/minimum-bar/mutation';
import { View } from '../../lib/minimum-bar/view';
import { desk } from '../support/desk';

const GROUP = 'admissionregistration.k8s.io/v1';
const PODS = { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }] };

const policy = (name: string, expression: string, more: object = {}, ref?: object): Manifest[] => [
  {
    apiVersion: GROUP,
    kind: 'MutatingAdmissionPolicy',
    metadata: { name },
    spec: { matchConstraints: PODS, mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression } }], ...more },
  },
  {
    apiVersion: GROUP,
    kind: 'MutatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName: name, ...(ref === undefined ? {} : { paramRef: ref }) },
  },
];

const REQUEST = {
  operation: 'CREATE',
  group: '',
  version: 'v1',
  resource: 'pods',
  namespace: 'pit',
  name: '',
  user: { username: 'ada', groups: [] },
  object: { spec: { containers: [{ name: 'agent', limits: { 'example.com/x': '1', cpu: '1' } }] } },
} as const;
const viewOf = (...objects: readonly Manifest[]): View => new View(desk({ name: 'pit' }), objects, new Date(0));
const result = (...objects: readonly Manifest[]) =>
  JSON.parse(JSON.stringify(mutated(viewOf(...objects), REQUEST, [])));
const remove = "[JSONPatch{op: 'remove', path: '/spec/containers/0/limits/example.com~1x'}]";

describe('what mutating policies make of a pod', () => {
  test('a key within a list, with a slash in its name, is taken out', () => {
    expect(result(...policy('a', remove))).toEqual({ spec: { containers: [{ name: 'agent', limits: { cpu: '1' } }] } });
  });

  test('a field is added; one policy sees what another wrote, whichever stands first', () => {
    const second = "has(object.spec.a) ? [JSONPatch{op: 'add', path: '/spec/b', value: object.spec.a}] : []";
    const objects = [...policy('b', second), ...policy('a', "[JSONPatch{op: 'add', path: '/spec/a', value: 'one'}]")];
    expect(result(...objects).spec).toMatchObject({ a: 'one', b: 'one' });
  });

  test('variables, parameters and conditions count', () => {
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm', namespace: 'pit' }, data: { a: 'two' } };
    const variables = [{ name: 'a', expression: 'params.data.a' }];
    const write = "[JSONPatch{op: 'add', path: '/spec/a', value: variables.a}]";
    const more = { variables, paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } };
    const objects = policy('a', write, more, { name: 'm' });
    expect(result(map as Manifest, ...objects).spec.a).toBe('two');
    expect(result(...objects)).toEqual(REQUEST.object);
    expect(result(...policy('a', remove, { matchConditions: [{ name: 'no', expression: 'false' }] }))).toEqual(
      REQUEST.object,
    );
  });

  test('an expression that errs changes nothing, and one that nobody can read is an error', () => {
    expect(result(...policy('a', `object.spec.nothing == 1 ? ${remove} : []`))).toEqual(REQUEST.object);
    expect(() => result(...policy('a', `authorizer.path('/').get() ? ${remove} : []`))).toThrow();
  });

  test('a policy about something else, or without a binding, changes nothing', () => {
    const [only] = policy('a', remove) as [Manifest];
    expect(mutations(viewOf(only))).toEqual([]);
    const [bound] = mutations(viewOf(...policy('a', remove)));
    if (bound === undefined) throw new Error('it is bound');
    const other = { ...REQUEST, resource: 'configmaps' };
    expect(mutatedBy(viewOf(), bound, other, [])).toEqual(REQUEST.object);
  });
});
