import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from '@jest/globals';
import { FOUNDATION_RULES, RULES } from '../../../lib/minimum-bar';
import { SURVIVORS } from './survivors';
import type { Outcome } from './trial';

const MINUTES = 60_000;
const SHARES = ['kubernetes 0/2', 'kubernetes 1/2'] as const;
/** What is left when both are done, two at a time. */
const OTHERS = [
  ['foundation 0/1', 'operated 0/1'],
  ['foundationOnOpenshift 0/1', 'openshift 0/1'],
  ['cronJob 0/1'],
  ['job 0/1', 'sandbox 0/1'],
  ['contracts 0/2', 'contracts 1/2'],
  ['team 0/1', 'trusting 0/1'],
  ['bundled 0/1', 'walled 0/1'],
] as const;
/** With how many mutations stand behind those that were tried, being like them. */
type Counted = Outcome & { readonly folded: number };
const outcomes = new Map<string, Counted>();

const run = async (share: string): Promise<void> => {
  const script = join(__dirname, 'run.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script, ...share.split(' ')], {
    maxBuffer: 1 << 26,
  });
  outcomes.set(share, JSON.parse(stdout) as Counted);
};

beforeAll(async () => {
  for (const pair of [SHARES, ...OTHERS]) await Promise.all(pair.map(run));
}, 60 * MINUTES);

const all = (list: (outcome: Counted) => readonly string[]): string[] => [...outcomes.values()].flatMap(list);
const sum = (count: (outcome: Counted) => number): number =>
  [...outcomes.values()].reduce((total, outcome) => total + count(outcome), 0);

test('no mutation that opens a hole passes the bar', () => {
  expect(all(({ holes }) => holes)).toEqual([]);
});

test('every mutation that passes is harmless for a written reason', () => {
  expect(all(({ unexplained }) => unexplained)).toEqual([]);
});

test('no entry of survivors.yaml is stale', () => {
  const used = new Set([...outcomes.values()].flatMap((outcome) => outcome.used));
  expect(SURVIVORS.filter((_, index) => !used.has(index))).toEqual([]);
});

test('the numbers are written down', () => {
  const summary = {
    rules: RULES.length + FOUNDATION_RULES.length,
    tried: sum(({ tried }) => tried),
    folded: sum(({ folded }) => folded),
    caught: sum(({ caught }) => caught),
    excused: sum(({ excused }) => excused),
    entries: SURVIVORS.length,
  };
  const folder = join(__dirname, '../../../coverage');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'mutations.json'), `${JSON.stringify(summary, null, 2)}\n`);
  const { rules, tried, folded, caught, excused, entries } = summary;
  process.stdout.write(
    `${rules} rules, ${tried} mutations tried (${folded} alike folded): ${caught} caught, ${excused} excused by ${entries} reasons\n`,
  );
  expect(caught + excused).toBe(tried);
});
