import { describe, expect, test } from '@jest/globals';
import { THREATS } from '../../lib/minimum-bar';
import { controlsOf, type Proof, proofOf, threatsOf, worst } from '../../proof/proof';
import { htmlOf } from '../../proof/report/html';
import { junitOf } from '../../proof/report/junit';
import { textOf } from '../../proof/report/text';
import type { Result, State } from '../../proof/verdict';

const result = (state: State, rest: Partial<Result> = {}): Result => ({
  id: 'family/case',
  control: 'RBAC',
  threats: ['widened-rights'],
  what: 'something',
  expect: 'refused',
  state,
  evidence: 'forbidden',
  ...(state === 'proven' ? {} : { why: 'because' }),
  ...rest,
});
const IN_SCOPE = THREATS.filter(({ outOfScope }) => outOfScope === undefined).map(({ id }) => id);
/** Every threat shown. */
const everything: Result[] = [result('proven', { threats: IN_SCOPE })];
const proof = (results: readonly Result[], rest: Partial<Proof> = {}): Proof =>
  proofOf(
    {
      environment: 'desk',
      copy: 'desk-proof-abcd',
      cluster: 'Kubernetes v1.36.3',
      started: '2026-01-01T00:00:00.000Z',
    },
    { results, stages: [{ stage: 'all', seconds: 1.5 }], interrupted: false, left: [], stays: [], ...rest },
  );

describe('a proof is green only when everything is proven', () => {
  test.each<[string, State, Proof]>([
    ['everything is proven', 'proven', proof(everything)],
    ['one case failed', 'failed', proof([...everything, result('failed'), result('unproven')])],
    ['one case is unproven', 'unproven', proof([...everything, result('unproven')])],
    ['a threat has no case', 'unproven', proof([result('proven')])],
    ['nothing was tried', 'unproven', proof([])],
    ['it was interrupted', 'unproven', proof(everything, { interrupted: true })],
    ['something could not be taken away', 'unproven', proof(everything, { left: ['Namespace desk-proof-abcd'] })],
  ])('%s', (_what, state, made) => {
    expect(made.state).toBe(state);
  });

  test('the worst state wins, and nothing is unproven', () => {
    expect(worst([])).toBe('unproven');
    expect(worst([result('proven'), result('unproven')])).toBe('unproven');
    expect(worst([result('proven'), result('unproven'), result('failed')])).toBe('failed');
  });
});

test('controls count what they let pass and what they refused', () => {
  const rows = controlsOf([
    result('proven'),
    result('failed'),
    result('proven', { expect: 'allowed' }),
    result('unproven', { control: 'Pod Security' }),
  ]);
  expect(rows.map(({ control, state, allowed, refused }) => [control, state, allowed.proven, refused])).toEqual([
    ['Pod Security', 'unproven', 0, { proven: 0, failed: 0, unproven: 1 }],
    ['RBAC', 'failed', 1, { proven: 1, failed: 1, unproven: 0 }],
  ]);
});

test('a threat without a case says what stands against it', () => {
  const row = threatsOf([]).find(({ id }) => id === 'harmless-one-by-one');
  expect(row).toMatchObject({ state: 'unproven', cases: [] });
  expect(row?.why).toContain('the governor');
});

describe('reports', () => {
  const nasty = '<script>alert("x")</script> & \u0007 \ud800';
  const made = proof([
    result('proven'),
    result('failed', { why: nasty, evidence: nasty, what: nasty }),
    result('unproven', { standIn: true }),
  ]);

  test('JUnit counts what is unproven as skipped, and never as passed', () => {
    const xml = junitOf(made);
    expect(xml).toMatch(/tests="(\d+)" failures="1" errors="0" skipped="\d+"/);
    const count = (pattern: RegExp): number => [...xml.matchAll(pattern)].length;
    expect(count(/<testcase [^>]*\/>/g)).toBe(1);
    expect(count(/<skipped /g)).toBe(Number(/skipped="(\d+)"/.exec(xml)?.[1]));
    expect(count(/<testcase /g)).toBe(Number(/tests="(\d+)"/.exec(xml)?.[1]));
  });

  test.each([
    ['JUnit', junitOf(made)],
    ['HTML', htmlOf(made)],
  ])('%s holds what was said as text alone', (_kind, text) => {
    expect(text).not.toContain('<script>');
    expect(text).toContain('&lt;script&gt;');
    expect([...text].some((c) => c === '\u0007' || c === '\ud800')).toBe(false);
  });

  test('the page loads nothing, and says states in words', () => {
    const page = htmlOf(made);
    expect(page).not.toMatch(/\b(src|href)=|@import|url\(/);
    for (const word of ['✓ proven', '✗ failed', '? unproven', 'stand-in']) expect(page).toContain(word);
  });

  test('the text ends with the state, and tells every failure', () => {
    const text = textOf(made);
    expect(text).toMatch(
      /desk is failed on Kubernetes v1\.36\.3: 1 proven, 1 failed, 1 unproven; \d+ of \d+ threats proven$/,
    );
    expect(text).toContain('failed  family/case');
    expect(text).toContain('(stand-in)');
  });
});
