import { describe, expect, test } from '@jest/globals';
import { type Generated, generatedOf } from '../../dev/generated';
import { AgentEnvironment, App, type EnvironmentDeclaration } from '../../lib';
import { type Synthesis, synthesize } from '../../lib/synth/driver';
import { desk } from '../support/desk';
import { deskAs } from '../support/workloads';

const synthesisOf = (declaration: EnvironmentDeclaration) => {
  const app = new App({ outdir: 'unused' });
  new AgentEnvironment(app, declaration);
  return synthesize(app) as Synthesis;
};
const generated = (declaration: EnvironmentDeclaration): Generated => generatedOf(synthesisOf(declaration));
const plain = generated(desk()).agents;

describe('what an agent is given, whatever runs it', () => {
  test.each(['cronJob', 'job', 'sandbox'] as const)('%s', (kind) => {
    const { triage } = generated(deskAs(kind)).agents;
    expect(triage?.env.ANTHROPIC_BASE_URL).toBe(plain.triage?.env.ANTHROPIC_BASE_URL);
    expect(Object.keys(triage?.sidecar ?? {})).toEqual(Object.keys(plain.triage?.sidecar ?? {}));
  });
});

test('an app that took the agent away is told so', () => {
  const { declaration, objects } = synthesisOf(deskAs('cronJob'));
  const without = objects.filter(({ object }) => object.kind !== 'CronJob');
  expect(() => generatedOf({ declaration, objects: without })).toThrow(/has no workload support-desk-test\/triage/);
});

test('policies come as they are mounted, and an app that took them away is told so', () => {
  const { declaration, objects } = synthesisOf(desk());
  const { governor, policies } = generatedOf({ declaration, objects });
  expect(Object.keys(governor)).toEqual(['governor.json']);
  expect(Object.keys(policies).sort()).toEqual(['policies.cedar', 'schema.cedarschema']);
  const without = objects.filter(({ object }) => !/^governor-policies-/.test(object.metadata.name ?? ''));
  expect(() => generatedOf({ declaration, objects: without })).toThrow(
    /has no ConfigMap support-desk-test-control\/governor-policies-…/,
  );
});
