import type { Manifest } from '../../lib/minimum-bar';
import { isRefused, refusals } from '../../lib/minimum-bar/admission';
import type { AdmissionRequest } from '../../lib/minimum-bar/match';
import { accepts } from '../../lib/minimum-bar/signatures';
import { View } from '../../lib/minimum-bar/view';
import { desk } from '../support/desk';

const GROUP = 'admissionregistration.k8s.io/v1';
const RULES = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }];
const policy = (spec: object): Manifest => ({
  apiVersion: GROUP,
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name: 'p' },
  spec: { failurePolicy: 'Fail', matchConstraints: { resourceRules: RULES }, ...spec },
});
const binding = (spec: object = {}): Manifest => ({
  apiVersion: GROUP,
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name: 'p' },
  spec: { policyName: 'p', validationActions: ['Deny'], ...spec },
});
const request: AdmissionRequest = {
  operation: 'CREATE',
  group: '',
  version: 'v1',
  resource: 'pods',
  namespace: 'ns',
  name: 'web',
  object: { metadata: { name: 'web', labels: { app: 'web' } }, spec: { replicas: 2 } },
  user: { username: 'mallory', groups: ['people'] },
};
const refused = (
  spec: object,
  bound: object = {},
  asked: Partial<AdmissionRequest> = {},
  world: object[] = [],
): boolean =>
  isRefused(new View(desk(), [policy(spec), binding(bound)], new Date()), { ...request, ...asked }, world as never);
const says = (expression: string) => ({ validations: [{ expression }] });

/** Rows of one length: jest takes a missing argument for a callback. */
const rows = (all: readonly [string, boolean, object, object?, Partial<AdmissionRequest>?][]) =>
  all.map(
    ([what, expected, spec, bound = {}, asked = {}]): [string, boolean, object, object, Partial<AdmissionRequest>] => [
      what,
      expected,
      spec,
      bound,
      asked,
    ],
  );

describe('what the API server would refuse', () => {
  test.each<[string, boolean, object, object, Partial<AdmissionRequest>]>(
    rows([
      ['false', true, says('false')],
      ['true', false, says('true')],
      ['one of several', true, { validations: [{ expression: 'true' }, { expression: 'false' }] }],
      ['an error, closed', true, says('object.spec.nothing == 1')],
      ['an error, open', false, { ...says('object.spec.nothing == 1'), failurePolicy: 'Ignore' }],
      ['nothing that nobody can read', false, says("authorizer.path('/').allowed()")],
      ['nothing where it only warns', false, says('false'), { validationActions: ['Warn'] }],
      [
        'variables',
        true,
        {
          ...says('variables.b'),
          variables: [
            { name: 'a', expression: '1' },
            { name: 'b', expression: 'variables.a == 2' },
          ],
        },
      ],
      [
        'facts of the request',
        true,
        says("request.userInfo.username != 'mallory' && 'people' in request.userInfo.groups"),
      ],
      ['a condition that holds', true, { ...says('false'), matchConditions: [{ name: 'c', expression: 'true' }] }],
      [
        'nothing under a condition that does not',
        false,
        { ...says('false'), matchConditions: [{ name: 'c', expression: 'false' }] },
      ],
      ['a condition that errs', true, { ...says('true'), matchConditions: [{ name: 'c', expression: 'object.x.y' }] }],
      ['nothing of another operation', false, says('false'), {}, { operation: 'DELETE' }],
      ['nothing of a subresource', false, says('false'), {}, { resource: 'pods/exec' }],
      ['nothing of another group', false, says('false'), {}, { group: 'apps' }],
      [
        'a namespace by name',
        true,
        {
          ...says('false'),
          matchConstraints: {
            resourceRules: RULES,
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ns' } },
          },
        },
      ],
      [
        'nothing of another namespace',
        false,
        {
          ...says('false'),
          matchConstraints: {
            resourceRules: RULES,
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'other' } },
          },
        },
      ],
      [
        'objects by label',
        true,
        {
          ...says('false'),
          matchConstraints: { resourceRules: RULES, objectSelector: { matchLabels: { app: 'web' } } },
        },
      ],
      [
        'nothing without the label',
        false,
        {
          ...says('false'),
          matchConstraints: { resourceRules: RULES, objectSelector: { matchLabels: { app: 'db' } } },
        },
      ],
      [
        'nothing that is excluded',
        false,
        { ...says('false'), matchConstraints: { resourceRules: RULES, excludeResourceRules: RULES } },
      ],
      [
        'nothing that the binding leaves out',
        false,
        says('false'),
        { matchResources: { namespaceSelector: { matchLabels: { a: 'b' } } } },
      ],
    ]),
  )('%s: %s', (_what, expected, spec, bound, asked) => {
    expect(refused(spec, bound, asked)).toBe(expected);
  });

  const withParam = {
    ...says("params.data.?ok.orValue('') == 'yes'"),
    paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
  };
  const paramRef = { name: 'cfg', namespace: 'ns', parameterNotFoundAction: 'Deny' };
  const map = (data: object) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'cfg', namespace: 'ns' },
    data,
  });

  test('parameters: present, missing, missing and allowed', () => {
    expect(refused(withParam, { paramRef }, {}, [map({ ok: 'yes' })])).toBe(false);
    expect(refused(withParam, { paramRef }, {}, [map({ ok: 'no' })])).toBe(true);
    expect(refused(withParam, { paramRef })).toBe(true);
    expect(refused(withParam, { paramRef: { ...paramRef, parameterNotFoundAction: 'Allow' } })).toBe(false);
  });

  test('the world stands in for objects of the environment', () => {
    const view = new View(
      desk(),
      [policy(withParam), binding({ paramRef }), map({ ok: 'yes' }) as Manifest],
      new Date(),
    );
    expect(isRefused(view, request)).toBe(false);
    expect(isRefused(view, request, [map({ ok: 'no' })])).toBe(true);
    expect(isRefused(view, request, [{ ...map({}), absent: true }])).toBe(true);
    expect(refusals(view, request, [{ ...map({}), absent: true }]).map((b) => b.policy.metadata.name)).toEqual(['p']);
  });

  test('a policy without binding refuses nothing', () => {
    expect(isRefused(new View(desk(), [policy(says('false'))], new Date()), request)).toBe(false);
  });
});

describe('whose signature an attestor accepts', () => {
  const signer = { kind: 'keyless', issuer: 'https://i', subject: 'https://s', rekorUrl: 'https://r' } as const;
  const attestor = (identities: object[], more: object = {}) => ({
    cosign: { keyless: { identities }, ctlog: { url: 'https://r' }, ...more },
  });
  test.each<[string, boolean, object]>([
    ['the one named', true, attestor([{ issuer: 'https://i', subject: 'https://s' }])],
    ['another subject', false, attestor([{ issuer: 'https://i', subject: 'https://x' }])],
    ['a pattern', true, attestor([{ issuerRegExp: '.*', subjectRegExp: '.*' }])],
    ['no subject', true, attestor([{ issuer: 'https://i' }])],
    ['another log', false, attestor([{ issuer: 'https://i', subject: 'https://s' }], { ctlog: { url: 'https://x' } })],
    [
      'no log',
      true,
      attestor([{ issuer: 'https://x', subject: 'https://x' }], { ctlog: { insecureIgnoreTlog: true } }),
    ],
    ['a key', false, { cosign: { key: { data: 'k' } } }],
    ['something nobody knows', true, { cosign: { certificate: {} } }],
  ])('%s: %s', (_what, expected, of) => {
    expect(accepts(of, signer)).toBe(expected);
  });
});
