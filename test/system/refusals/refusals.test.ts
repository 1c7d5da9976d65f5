import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ASKED } from '../../../lib/admission/asks';
import type { Manifest } from '../../../lib/synth/object';
import type { Outcome } from '../../../proof/run';
import { desk, openshiftDesk } from '../../support/desk';
import { everyKind } from '../../support/workloads';
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
    const outcome = await trial(server, everyKind(), { patience: 20 });
    expect(failures(outcome)).toEqual([]);
    expect(ids(outcome, 'unproven').sort()).toEqual(['gateway-address/false-alias', ...NEEDS_KYVERNO].sort());
    expect(ids(outcome, 'proven').length).toBeGreaterThan(150);
    expect(outcome.left).toEqual([]);
    // The warden suspends each kind, and changes nothing else of it.
    const states = (id: string): string[] => outcome.results.filter((r) => r.id === id).map(({ state }) => state);
    expect(states('containment/suspended')).toEqual(Array(4).fill('proven'));
    for (const resource of ['workloads', 'cronjobs', 'jobs', 'sandboxes'])
      expect([resource, states(`rights/warden-changes-${resource}`)]).toEqual([resource, ['proven']]);
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
