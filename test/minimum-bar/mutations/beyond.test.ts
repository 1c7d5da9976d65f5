import { expect, test } from '@jest/globals';
import { desk } from '../../support/desk';
import { plainContracts } from '../../support/own-models';
import { beyond } from './beyond';
import type { Mutation } from './mutator';

const done = (kind: string, place: string, path: string, from = ''): Mutation => ({
  object: `${kind} ${place}`,
  kind,
  path,
  op: 'delete',
  from,
  to: '',
  objects: () => [],
});
const [mine, other] = [plainContracts(), desk()];
const left = (a: Mutation, b: Mutation): number => beyond({ of: mine, all: [a] }, { of: other, all: [b] }).length;
const [MINE, OTHER] = [mine.name, other.name];

test('the same place under other names is no other shape; another place, kind or namespace is', () => {
  const quota = done('Deployment', `${MINE}/clerk`, 'spec.replicas');
  expect(left(quota, done('Deployment', `${OTHER}/triage`, 'spec.replicas'))).toBe(0);
  expect(left(quota, done('Deployment', `${OTHER}/triage`, 'spec.paused'))).toBe(1);
  expect(left(quota, done('CronJob', `${OTHER}/triage`, 'spec.replicas'))).toBe(1);
  expect(left(done('Deployment', `${MINE}-models/reader`, 'spec.replicas'), quota)).toBe(1);
});

test('what stands in a control counts, and elsewhere it does not', () => {
  const of = (kind: string, place: string, from: string) => done(kind, place, 'spec.validations[0].expression', from);
  const VAP = 'ValidatingAdmissionPolicy';
  expect(left(of(VAP, `${MINE}-x`, `a in ['${MINE}']`), of(VAP, `${OTHER}-x`, `a in ['${OTHER}']`))).toBe(0);
  expect(left(of(VAP, `${MINE}-x`, 'a == 1'), of(VAP, `${OTHER}-x`, 'a == 2'))).toBe(1);
  expect(left(of('Role', `${MINE}/x`, 'a == 1'), of('Role', `${OTHER}/x`, 'a == 2'))).toBe(0);
});

test('each virtual host is a door of its own, and other numbers are not', () => {
  const at = (path: string) => done('ConfigMap', `${MINE}-control/gateway`, `data['envoy.yaml'] > ${path}`);
  const known = done('ConfigMap', `${OTHER}-control/gateway`, "data['envoy.yaml'] > virtual_hosts[0].routes[0].name");
  expect(left(at('virtual_hosts[0].routes[7].name'), known)).toBe(0);
  expect(left(at('virtual_hosts[1].routes[0].name'), known)).toBe(1);
});

test('of each shape the first is kept', () => {
  const all = ['spec.rules[0]', 'spec.rules[1]'].map((path) => done('Role', `${MINE}/x`, path));
  expect(beyond({ of: mine, all }, { of: other, all: [] })).toEqual([all[0]]);
});
