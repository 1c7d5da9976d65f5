import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { EnvironmentDeclaration } from '../../../lib';
import { ASKED } from '../../../lib/admission/asks';
import type { Manifest } from '../../../lib/synth/object';
import type { Outcome } from '../../../proof/run';
import { changed, type Draft, desk, openshiftDesk } from '../../support/desk';
import type { ApiServer } from '../cluster/api-server';
import { prepared } from '../cluster/prepared';
import { trial } from '../prove/trial';

/** What needs a Kyverno that answers: everything before it let these through (test/system/prove tries them with one). */
const NEEDS_KYVERNO = [
  'signatures/foreign-image',
  'valid/agent-pod',
  'valid/job-finalizer',
  'containment/others-go-on',
  ...ASKED.map((id) => `asks/answered-${id}`),
];
/** Two agents, so that one can be held while the other goes on. */
const twoAgents = (declaration: EnvironmentDeclaration): EnvironmentDeclaration =>
  changed((draft: Draft) => {
    draft.agents.clerk = structuredClone(draft.agents.triage);
  }, declaration);
const ids = (outcome: Outcome, state: string): string[] => [
  ...new Set(outcome.results.filter((r) => r.state === state).map(({ id }) => id)),
];
/** Failures as a reader needs them. */
const failures = (outcome: Outcome): string[] =>
  outcome.results
    .filter(({ state }) => state === 'failed')
    .map((r) => `${r.id} ${r.on ?? ''}: ${r.why} | ${r.evidence}`);

describe('Kubernetes', () => {
  let server: ApiServer;
  beforeAll(async () => {
    server = await prepared();
  }, 240_000);
  afterAll(async () => {
    await server?.stop();
  }, 60_000);

  test('every wrong object is refused by the control meant to, and every right one passes', async () => {
    const outcome = await trial(server, twoAgents(desk()), { patience: 20 });
    expect(failures(outcome)).toEqual([]);
    expect(ids(outcome, 'unproven').sort()).toEqual(['gateway-address/false-alias', ...NEEDS_KYVERNO].sort());
    expect(ids(outcome, 'proven').length).toBeGreaterThan(150);
    expect(outcome.left).toEqual([]);
  }, 600_000);

  test('a second time as well: the API server goes on reading parameters', async () => {
    const outcome = await trial(server, desk(), { patience: 20 });
    expect(failures(outcome)).toEqual([]);
    expect(outcome.stays.length).toBeGreaterThan(0);
  }, 600_000);

  test('without its bindings no policy is proven: the cases can fail', async () => {
    const unbound = (objects: readonly Manifest[]): Manifest[] =>
      objects.filter(({ kind }) => kind !== 'ValidatingAdmissionPolicyBinding');
    const { results } = await trial(server, desk(), { spoil: unbound, patience: 1 });
    const policies = results.filter((r) => r.expect === 'refused' && r.control.startsWith('ValidatingAdmissionPolicy'));
    expect(policies.length).toBeGreaterThan(150);
    expect(policies.filter(({ state }) => state === 'proven').map(({ id }) => id)).toEqual([]);
  }, 600_000);
});

describe('OpenShift', () => {
  test('every wrong object is refused by the control meant to, and every right one passes', async () => {
    const server = await prepared('172.30.0.0/16');
    try {
      const outcome = await trial(server, openshiftDesk(), { patience: 20 });
      expect(failures(outcome)).toEqual([]);
      expect(ids(outcome, 'unproven').filter((id) => !NEEDS_KYVERNO.includes(id))).toEqual([]);
    } finally {
      await server.stop();
    }
  }, 900_000);
});
