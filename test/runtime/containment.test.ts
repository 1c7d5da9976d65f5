import { Chart, App as PlainApp } from 'cdk8s';
import { contextOf } from '../../lib/context';
import { refusals } from '../../lib/minimum-bar/admission';
import type { AdmissionRequest } from '../../lib/minimum-bar/match';
import type { Manifest } from '../../lib/minimum-bar/types';
import { View } from '../../lib/minimum-bar/view';
import { LABEL } from '../../lib/names';
import { Containment } from '../../lib/runtime/containment';
import { CA_BUNDLE, CONTAINMENT_RECORD } from '../../lib/runtime/objects';
import { desk } from '../support/desk';

const ENV = 'support-desk-test';
const CONTROL = `${ENV}-control`;
const declaration = desk();
const objects = (): Manifest[] => {
  const chart = new Chart(new PlainApp(), 'c');
  new Containment(chart, 'containment', contextOf(declaration));
  return chart.toJson() as Manifest[];
};
const namespaces = [ENV, CONTROL].map((name) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { [LABEL.environment]: ENV } },
}));
const view = new View(declaration, [...namespaces, ...objects()] as Manifest[], new Date());

type Data = Readonly<Record<string, unknown>>;
const user = (username: string, ...groups: string[]) => ({ username, groups: ['system:authenticated', ...groups] });
const WARDEN = user(`system:serviceaccount:${CONTROL}:warden`);
const DEPLOYER = user('system:serviceaccount:argocd:argocd-application-controller', 'platform-engineers');
const ADMIN = user('admin', 'system:masters');
const CONTROLLER = user('system:serviceaccount:kube-system:namespace-controller');

/** Names of the policies that refuse a request, without the environment's prefix. */
const refused = (
  by: AdmissionRequest['user'],
  operation: AdmissionRequest['operation'],
  resource: string,
  object: Data | undefined,
  oldObject?: Data,
  world: readonly Data[] = [],
): string[] => {
  const metadata = (object ?? oldObject)?.metadata as { name: string; namespace: string };
  const request = { operation, group: '', version: 'v1', resource, ...metadata, user: by };
  const given = {
    ...(object === undefined ? {} : { object }),
    ...(oldObject === undefined ? {} : { oldObject }),
  };
  return refusals(view, { ...request, ...given } as AdmissionRequest, world).map(({ policy }) =>
    String(policy.metadata?.name).replace(`${ENV}-`, ''),
  );
};
const record = (data?: Data, more: Data = {}, name = CONTAINMENT_RECORD): Data => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: CONTROL, ...(more.metadata as Data) },
  ...(data === undefined ? {} : { data }),
  ...Object.fromEntries(Object.entries(more).filter(([key]) => key !== 'metadata')),
});
const pod = (metadata: Data = {}, spec: Data = {}): Data => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: ENV, labels: { [LABEL.agent]: 'triage' }, ...metadata },
  spec: { containers: [], terminationGracePeriodSeconds: 5, ...spec },
});
const secret = (data?: Data, more: Data = {}): Data => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'triage-identity', namespace: ENV },
  type: 'Opaque',
  ...(data === undefined ? {} : { data }),
  ...more,
});

describe('hold', () => {
  const create = (by: AdmissionRequest['user'], p: Data, data?: Data): string[] =>
    refused(by, 'CREATE', 'pods', p, undefined, [record(data)]);

  test('GIVEN an empty record THEN agents start', () => {
    expect(create(DEPLOYER, pod())).toEqual([]);
    expect(create(DEPLOYER, pod(), {})).toEqual([]);
  });
  test.each([
    ['a deployer', DEPLOYER],
    ['an administrator of the cluster', ADMIN],
    ['a controller of the cluster', CONTROLLER],
    ['the warden', WARDEN],
  ])('GIVEN a contained agent WHEN %s makes its pod THEN it is refused', (_who, by) => {
    expect(create(by, pod(), { triage: 'not even JSON' })).toEqual(['containment']);
  });
  test('GIVEN a contained agent THEN another one starts', () => {
    expect(create(DEPLOYER, pod({ labels: { [LABEL.agent]: 'other' } }), { triage: '{}' })).toEqual([]);
  });
  test('GIVEN a pod that names no agent THEN it is refused', () => {
    expect(create(DEPLOYER, pod({ labels: {} }))).toEqual(['containment']);
    expect(create(DEPLOYER, pod({ labels: undefined }))).toEqual(['containment']);
  });
  test('GIVEN no record THEN nothing starts', () => {
    expect(refused(DEPLOYER, 'CREATE', 'pods', pod(), undefined, [{ ...record(), absent: true }])).toEqual([
      'containment',
    ]);
  });
});

describe('the record', () => {
  const held = record({ triage: '{}' });
  const update = (by: AdmissionRequest['user'], after: Data, before = held) =>
    refused(by, 'UPDATE', 'configmaps', after, before);

  test.each([
    ['a released agent', record({})],
    ['no data at all', record()],
    ['another agent', record({ triage: '{}', other: '{}' })],
    ['another value', record({ triage: '{"since":"x"}' })],
    ['binary data', record({ triage: '{}' }, { binaryData: { x: 'eA==' } })],
    ['a freeze', record({ triage: '{}' }, { immutable: true })],
    ['an owner that is gone', record({ triage: '{}' }, { metadata: { ownerReferences: [{ uid: 'x' }] } })],
  ])('WHEN a deployer writes %s THEN it is refused', (_what, after) => {
    expect(update(DEPLOYER, after)).toEqual(['containment-record']);
    expect(update(CONTROLLER, after)).toEqual(['containment-record']);
    expect(update(WARDEN, after)).toEqual([]);
    expect(update(ADMIN, after)).toEqual([]);
  });
  test('WHEN a deployer applies again or annotates THEN it passes', () => {
    expect(update(DEPLOYER, held)).toEqual([]);
    expect(update(DEPLOYER, record({ triage: '{}' }, { metadata: { annotations: { a: 'b' } } }))).toEqual([]);
    expect(update(DEPLOYER, record(), record())).toEqual([]);
  });
  test('WHEN it is made THEN it is empty, whoever but the warden makes it', () => {
    const create = (by: AdmissionRequest['user'], object: Data) => refused(by, 'CREATE', 'configmaps', object);
    expect(create(DEPLOYER, record())).toEqual([]);
    expect(create(DEPLOYER, record({ other: '{}' }))).toEqual(['containment-record']);
    expect(create(DEPLOYER, record(undefined, { immutable: true }))).toEqual(['containment-record']);
    expect(create(WARDEN, record({ other: '{}' }))).toEqual([]);
  });
  test('WHEN somebody deletes it THEN only its namespace may take it along', () => {
    const remove = (by: AdmissionRequest['user']) => refused(by, 'DELETE', 'configmaps', undefined, held);
    expect(remove(DEPLOYER)).toEqual(['containment-record']);
    expect(remove(CONTROLLER)).toEqual([]);
    expect(remove(ADMIN)).toEqual([]);
  });
  test('THEN the CA bundle is kept the same way, and other ConfigMaps are not its matter', () => {
    expect(update(DEPLOYER, record({ 'ca.crt': 'mine' }, {}, CA_BUNDLE), record({}, {}, CA_BUNDLE))).toEqual([
      'containment-record',
    ]);
    expect(update(WARDEN, record({ 'ca.crt': 'new' }, {}, CA_BUNDLE), record({}, {}, CA_BUNDLE))).toEqual([]);
    expect(update(DEPLOYER, record({ a: 'b' }, {}, 'other'), record({}, {}, 'other'))).toEqual([]);
  });
});

describe('the quarantine label', () => {
  const labelled = (value?: string): Data =>
    pod({ labels: { [LABEL.agent]: 'triage', ...(value === undefined ? {} : { [LABEL.quarantine]: value }) } });
  const update = (by: AdmissionRequest['user'], before: Data, after: Data, resource = 'pods') =>
    refused(by, 'UPDATE', resource, after, before);

  test('WHEN anyone sets it THEN it passes', () => {
    expect(update(DEPLOYER, labelled(), labelled('by-hand'))).toEqual([]);
    expect(update(WARDEN, labelled(), labelled('alert'))).toEqual([]);
  });
  test.each([
    ['removed', labelled()],
    ['changed', labelled('no')],
    ['removed with all labels', pod({ labels: undefined })],
  ])('WHEN it is %s THEN only the warden, or an administrator of the cluster, may', (_how, after) => {
    for (const resource of ['pods', 'pods/status']) {
      expect(update(DEPLOYER, labelled('yes'), after, resource)).toEqual(['quarantine-label']);
      expect(update(CONTROLLER, labelled('yes'), after, resource)).toEqual(['quarantine-label']);
      expect(update(WARDEN, labelled('yes'), after, resource)).toEqual([]);
      expect(update(ADMIN, labelled('yes'), after, resource)).toEqual([]);
    }
  });
  test('WHEN its node reports the status of a quarantined pod THEN it passes', () => {
    expect(update(user('system:node:n1', 'system:nodes'), labelled('yes'), labelled('yes'), 'pods/status')).toEqual([]);
  });
});

describe('the end of a pod', () => {
  const FINALIZER = 'example.com/wait';
  test('WHEN a pod is made THEN it has no finalizer but a Job’s, and ends within 30 s', () => {
    const create = (p: Data) => refused(DEPLOYER, 'CREATE', 'pods', p, undefined, [record()]);
    expect(create(pod({ finalizers: [FINALIZER] }))).toEqual(['prompt-end']);
    expect(create(pod({ finalizers: ['batch.kubernetes.io/job-tracking'] }))).toEqual([]);
    expect(create(pod({}, { terminationGracePeriodSeconds: 31 }))).toEqual(['prompt-end']);
    expect(create(pod({}, { terminationGracePeriodSeconds: 30 }))).toEqual([]);
  });
  test('WHEN a finalizer is added later THEN it is refused; what is there may go, one by one', () => {
    const update = (before: string[], after: string[], resource = 'pods') =>
      refused(DEPLOYER, 'UPDATE', resource, pod({ finalizers: after }), pod({ finalizers: before }));
    expect(update([], [FINALIZER])).toEqual(['prompt-end']);
    expect(update([], [FINALIZER], 'pods/status')).toEqual(['prompt-end']);
    expect(update([FINALIZER, 'example.com/other'], [FINALIZER])).toEqual([]);
    expect(update([FINALIZER], [])).toEqual([]);
  });
});

describe('identities', () => {
  const filled = secret({ 'tls.crt': 'eA==' });
  test('WHEN a deployer writes one THEN it is refused; the warden hands it over and takes it back', () => {
    const update = (by: AdmissionRequest['user'], after: Data, before = filled) =>
      refused(by, 'UPDATE', 'secrets', after, before);
    for (const after of [
      secret({ 'tls.crt': 'eQ==' }),
      secret({}),
      secret({ 'tls.crt': 'eA==' }, { immutable: true }),
    ]) {
      expect(update(DEPLOYER, after)).toEqual(['identities']);
      expect(update(WARDEN, after)).toEqual([]);
    }
    expect(update(DEPLOYER, filled)).toEqual([]);
  });
  test('WHEN a deployer makes one THEN it is empty', () => {
    expect(refused(DEPLOYER, 'CREATE', 'secrets', secret())).toEqual([]);
    expect(refused(DEPLOYER, 'CREATE', 'secrets', filled)).toEqual(['identities']);
  });
  test('WHEN a Secret asks for a token of the control plane THEN it is refused', () => {
    const token = {
      ...secret(),
      metadata: { name: 't', namespace: CONTROL },
      type: 'kubernetes.io/service-account-token',
    };
    expect(refused(DEPLOYER, 'CREATE', 'secrets', token)).toEqual(['legacy-tokens']);
    expect(refused(DEPLOYER, 'CREATE', 'secrets', { ...token, type: 'Opaque' })).toEqual([]);
  });
});

describe('THEN containment waits for nothing', () => {
  const policies = objects().filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
  const spec = (policy: Manifest): Data => policy.spec as Data;

  test('only the policy on new pods has a parameter, and it denies when that is missing', () => {
    const withParams = policies.filter((p) => spec(p).paramKind !== undefined);
    expect(withParams.map(({ metadata }) => metadata?.name)).toEqual([`${ENV}-containment`]);
    const rules = (spec(withParams[0]!).matchConstraints as { resourceRules: Data[] }).resourceRules;
    expect(rules).toEqual([expect.objectContaining({ operations: ['CREATE'], resources: ['pods'] })]);
    const binding = objects().find(
      (o) => o.kind === 'ValidatingAdmissionPolicyBinding' && o.metadata?.name === `${ENV}-containment`,
    )!;
    expect(spec(binding).paramRef).toEqual({
      name: 'containment',
      namespace: CONTROL,
      parameterNotFoundAction: 'Deny',
    });
  });
  test('no policy looks at the deletion of a pod', () => {
    expect(
      refused(WARDEN, 'DELETE', 'pods', undefined, pod({ finalizers: ['x'] }), [record({ triage: '{}' })]),
    ).toEqual([]);
  });
  test('every policy fails closed and denies', () => {
    expect(policies.map((p) => spec(p).failurePolicy)).toEqual(policies.map(() => 'Fail'));
    for (const binding of objects().filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding'))
      expect(spec(binding).validationActions).toEqual(['Deny']);
  });
});

test('THEN the objects that the warden fills carry no data, so that applying again resets nothing', () => {
  const empty = objects().filter(({ kind }) => kind === 'ConfigMap' || kind === 'Secret');
  expect(empty.map(({ kind, metadata }) => `${kind} ${metadata?.namespace}/${metadata?.name}`)).toEqual([
    `ConfigMap ${CONTROL}/containment`,
    `ConfigMap ${CONTROL}/ca-bundle`,
    `Secret ${ENV}/triage-identity`,
  ]);
  for (const object of empty) expect(Object.keys(object)).not.toContain('data');
});
