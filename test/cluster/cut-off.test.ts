import { describe, expect, test } from '@jest/globals';
import { decided } from '../../cluster/cut-off';

const failed = (why: string): string =>
  `Error from server (InternalError): error when creating "STDIN": Internal error occurred: failed calling webhook "ivpol.validate.kyverno.svc-fail": failed to call webhook: Post "https://kyverno-svc.kyverno.svc:443/ivpol/validate/bench-images?timeout=10s": ${why}`;
const CUT_OFF = failed('EOF');
const REFUSED = failed('dial tcp 10.96.3.4:443: connect: connection refused');
const DENIED =
  'Error from server: error when creating "STDIN": admission webhook "ivpol.validate.kyverno.svc-fail" denied the request: Policy bench-images failed: image not signed';
const CREATED = 'pod/probe created (server dry run)';

/** Asks for answers in their order. @returns the one that counts, and how many were asked for */
const asked = (answers: readonly string[], patience = 10): readonly [string, number] => {
  let at = 0;
  let waited = 0;
  const answer = decided(
    () => answers[Math.min(at++, answers.length - 1)] ?? '',
    () => waited++ < patience,
  );
  return [answer, at];
};

describe('who is asked again', () => {
  test('a Kyverno that ended in the middle of its answer, until it is back and decides', () => {
    expect(asked([CUT_OFF, REFUSED, CUT_OFF, DENIED, CREATED])).toEqual([DENIED, 4]);
    expect(asked([CUT_OFF, CREATED])).toEqual([CREATED, 2]);
  });

  test('not one that decided: a denial stays a denial', () => {
    expect(asked([DENIED, CREATED])).toEqual([DENIED, 1]);
    expect(asked([`${DENIED}: EOF`, CREATED])).toEqual([`${DENIED}: EOF`, 1]);
    expect(asked([CREATED, DENIED])).toEqual([CREATED, 1]);
  });

  test.each([
    'dial tcp 10.96.3.4:443: connect: connection refused',
    'context deadline exceeded',
    'unexpected EOF',
    'no endpoints available for service "kyverno-svc"',
  ])('not one that was away from the start: %s', (why) => {
    expect(asked([failed(why), CREATED])).toEqual([failed(why), 1]);
  });

  test("nor another webhook's", () => {
    const other = CUT_OFF.replace('kyverno-svc.kyverno.svc', 'other.elsewhere.svc');
    expect(asked([other, CREATED])).toEqual([other, 1]);
  });

  test('one that never comes back is no answer: what it said last counts', () => {
    expect(asked([CUT_OFF, REFUSED], 3)).toEqual([REFUSED, 4]);
  });
});
