import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Call, callsOf } from '../../../proof/control-point/calls';
import { signingKey } from '../../../proof/control-point/certificates';
import type { LogFiles } from '../../../proof/control-point/log';
import { judgeLog, type LogKey, type Told } from '../../../proof/control-point/records';
import { signerOf } from '../../../services/ledger';
import { Log } from '../../../services/ledger/log';
import { desk } from '../../support/desk';

const calls = callsOf(desk());
const call = (id: string): Call => calls.find((one) => one.id === id) as Call;
const DENIED = '11111111-1111-4111-8111-111111111111';
const ALLOWED = '22222222-2222-4222-8222-222222222222';
const denial = { kind: 'decision', id: DENIED, who: {}, where: { direction: 'back' } };
const entries = [
  { ...denial, why: { effect: 'deny', code: 'not-permitted' } },
  {
    ...{ kind: 'decision', id: ALLOWED, who: { agent: 'triage' }, where: { direction: 'back' } },
    why: { effect: 'allow', code: 'permitted' },
  },
  { kind: 'outcome', id: '33333333-3333-4333-8333-333333333333', decision: ALLOWED },
];
const told: readonly Told[] = [
  { call: call('calls/allowed'), reply: { id: 'x', status: 200, body: 'ok' } },
  {
    call: call('calls/undeclared-operation'),
    reply: { id: 'y', status: 200, body: `forbidden (not-permitted, decision ${DENIED}). To do: nothing` },
  },
];
const key: LogKey = { origin: 'firepit.dev/desk', pem: signingKey() };
const folders: string[] = [];

const written = (what: readonly object[]): LogFiles => {
  const folder = mkdtempSync(join(tmpdir(), 'records-'));
  folders.push(folder);
  Log.open(folder, signerOf(key.origin, key.pem)).extend(what.map((entry) => Buffer.from(JSON.stringify(entry))));
  const files = (readdirSync(folder, { recursive: true }) as string[]).filter((file) =>
    statSync(join(folder, file)).isFile(),
  );
  return new Map(files.map((file) => [file, readFileSync(join(folder, file))]));
};
const states = (files: LogFiles, by = key, what = told): string[] =>
  judgeLog(files, by, what).map(({ id, state }) => `${id} ${state}`);

let whole: LogFiles;
beforeAll(() => {
  whole = written(entries);
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

test('a log that has every decision is proven, and what is done to it is found', () => {
  expect(states(whole)).toEqual([
    'ledger/recorded proven',
    'ledger/changed-entry proven',
    'ledger/removed-entries proven',
    'ledger/other-signer proven',
  ]);
});

test.each([
  ['a denial is not in it', entries.slice(1), 'calls/undeclared-operation triage'],
  [
    'a denial has another code',
    [{ ...entries[0], why: { effect: 'deny', code: 'other' } }, ...entries.slice(1)],
    'calls/undeclared-operation triage',
  ],
  [
    'a denial is recorded as let through',
    [{ ...entries[0], why: { effect: 'allow', code: 'not-permitted' } }, ...entries.slice(1)],
    'calls/undeclared-operation triage',
  ],
  ['what was let through has no outcome', entries.slice(0, 2), 'calls/allowed triage'],
  [
    'what was let through was of another agent',
    [entries[0], { ...entries[1], who: { agent: 'clerk' } }, entries[2]],
    'calls/allowed triage',
  ],
])('%s: failed', (_, some, lost) => {
  const [recorded] = judgeLog(written(some as object[]), key, told);
  expect(recorded).toMatchObject({ id: 'ledger/recorded', state: 'failed', why: `no record of ${lost}` });
});

test('a refusal that names no decision has none on record', () => {
  const [first, second] = told as [Told, Told];
  const silent = { ...second, reply: { id: 'y', status: 403, body: 'forbidden' } };
  expect(judgeLog(whole, key, [first, silent])[0]).toMatchObject({ state: 'failed' });
});

test('a log of another signer, or a changed one, proves nothing of its entries', () => {
  expect(states(whole, { ...key, pem: signingKey() })[0]).toBe('ledger/recorded failed');
  const cut = new Map([...whole].filter(([path]) => !path.startsWith('tile/entries/')));
  expect(states(cut)).toEqual([
    'ledger/recorded failed',
    'ledger/changed-entry unproven',
    'ledger/removed-entries unproven',
    'ledger/other-signer unproven',
  ]);
});

test('where nothing was decided nothing is proven', () => {
  const { call: undecided } = told[0] as Told;
  for (const some of [[], [{ call: undecided, reply: undefined }]])
    expect(states(whole, key, some)).toEqual([
      'ledger/recorded unproven',
      'ledger/changed-entry unproven',
      'ledger/removed-entries unproven',
      'ledger/other-signer unproven',
    ]);
});

test('a tunnel that was ended is recorded once its end is', () => {
  const ends = { trace: 'a'.repeat(32), code: 'tunnel-capped' } as const;
  const what: readonly Told[] = [
    { call: { ...call('calls/allowed'), expect: 'refused', ends }, reply: { id: 'x', status: 0, body: '' } },
  ];
  const begun = { ...entries[1], how: { trace: ends.trace } };
  const ended = { ...entries[2], why: { code: 'tunnel-capped' } };
  expect(states(written([begun, ended]), key, what)[0]).toBe('ledger/recorded proven');
  expect(states(written([begun]), key, what)[0]).toBe('ledger/recorded failed');
  const another = { ...begun, how: {} };
  expect(states(written([another, ended]), key, what)[0]).toBe('ledger/recorded failed');
});
