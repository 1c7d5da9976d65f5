import { expect, test } from '@jest/globals';
import { ApiObject } from 'cdk8s';
import { objectFacts, objectText, spellings } from '../../cli/explain-object';
import { AgentEnvironment, App } from '../../lib';
import { synthesize } from '../../lib/synth/driver';
import { desk } from '../support/desk';

const app = new App();
const environment = new AgentEnvironment(app, desk());
new ApiObject(environment, 'of-the-app', {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: 'more',
    namespace: 'support-desk-test',
    labels: { 'firepit.dev/environment': 'support-desk-test' },
  },
});
const synthesis = synthesize(app);
const named = (name: string) => synthesis.objects.filter((made) => spellings(made).includes(name.toLowerCase()));
const factsOf = (name: string) => {
  const [made, second] = named(name);
  if (made === undefined || second !== undefined) throw new Error(`${named(name).length} objects ${name}`);
  return objectFacts('apps/a.ts', synthesis, made);
};

test('an object says where it comes from, and which rules speak without it', () => {
  const facts = factsOf('ConfigMap support-desk-test-control/containment');
  expect(facts).toEqual({
    kind: 'object',
    name: 'ConfigMap support-desk-test-control/containment',
    environment: 'support-desk-test',
    app: 'apps/a.ts',
    apiVersion: 'v1',
    path: '30-configmap/support-desk-test-control.containment.yaml',
    construct: 'support-desk-test/containment/record-containment',
    purpose: expect.any(String),
    declared: ['name', 'models'],
    layers: ['runtime'],
    rules: expect.arrayContaining(['containment-holds']),
    threats: expect.arrayContaining(['kill-that-does-not-stick']),
  });
  expect(objectText(facts)).toMatch(/\n {2}without it {5}these rules speak: .*containment-holds/);
});

test('it is found by kind, without its digest, by its file, and by no other name', () => {
  const [governor] = named('Deployment/governor');
  expect(named('51-deployment/support-desk-test-control.governor.yaml')).toEqual([governor]);
  expect(named('deployment support-desk-test-control/governor')).toEqual([governor]);
  expect(named('ConfigMap governor').map(({ object }) => object.metadata.name)).toEqual([
    expect.stringMatching(/^governor-[0-9a-f]{10}$/),
  ]);
  expect(named('governor').length).toBeGreaterThan(3);
  expect(named('Deployment/governors')).toEqual([]);
});

test('what serves no rule and what no declaration made is told so', () => {
  const text = objectText(factsOf('configmap/more'));
  expect(text).toContain('  declared by    nothing: the app adds it by itself\n');
  expect(text).toContain('  without it     no rule speaks');
});
