import type { Entry } from '../../contract';
import { signerOf, type Verification, type Verifier, verifyLog } from '../../services/ledger';
import type { Result } from '../verdict';
import type { Call } from './calls';
import { signingKey } from './certificates';
import { endOf } from './endings';
import { inFolder, type LogFiles } from './log';
import { idOf } from './question';
import type { Reply } from './stage';

type Case = Pick<Result, 'id' | 'control' | 'threats' | 'what' | 'expect'>;
const CASE = { control: 'Ledger', threats: ['log-that-forgets'] } as const;
const CASES = {
  recorded: {
    ...CASE,
    id: 'ledger/recorded',
    what: 'each decision about these calls, under a checkpoint that the ledger signed',
    expect: 'allowed',
  },
  changed: {
    ...CASE,
    id: 'ledger/changed-entry',
    what: 'an entry that somebody changed afterwards',
    expect: 'refused',
  },
  removed: { ...CASE, id: 'ledger/removed-entries', what: 'entries that somebody took away', expect: 'refused' },
  signer: { ...CASE, id: 'ledger/other-signer', what: 'the log of somebody with another key', expect: 'refused' },
} as const satisfies Readonly<Record<string, Case>>;

/** What is looked for in the log, whatever was called. */
export const RECORD_CASES: readonly Case[] = Object.values(CASES);

/** A call and what came back. */
export interface Told {
  readonly call: Call;
  readonly reply: Reply | undefined;
}

/** Who signs a twin's log. */
export interface LogKey {
  readonly origin: string;
  /** Ed25519, PKCS #8 in PEM. */
  readonly pem: string;
}

const idIn = (body: string): string | undefined => /decision(?:"\s*:\s*"| )([0-9a-f-]{36})/.exec(body)?.[1];

/** Calls that a governor answered: each has a decision. */
const decided = (told: readonly Told[]): readonly Told[] =>
  told.filter(({ call, reply }) => call.control === 'Governor' && reply !== undefined);

/** What of these calls has no decision in the log, or another one. */
export function missing(entries: readonly Entry[], told: readonly Told[]): string[] {
  const decisions = entries.filter((entry) => entry.kind === 'decision');
  const answered = new Set(entries.flatMap((entry) => (entry.kind === 'outcome' ? [entry.decision] : [])));
  return decided(told).flatMap(({ call, reply }) => {
    if (call.ends !== undefined) return endOf(entries, call.ends) === undefined ? [idOf(call)] : [];
    const direction = call.from === undefined ? 'back' : 'front';
    const id = idIn(reply?.body ?? '');
    const found = decisions.some((one) =>
      call.expect === 'allowed'
        ? one.who.agent === call.agent &&
          one.where.direction === direction &&
          one.why.effect === 'allow' &&
          answered.has(one.id)
        : one.id === id && one.why.code === call.code && one.why.effect !== 'allow',
    );
    return found ? [] : [idOf(call)];
  });
}

const verify = (files: LogFiles, key: Verifier, onEntry: (entry: Buffer) => void = () => {}): Verification =>
  inFolder(files, (folder) => verifyLog(folder, { key: () => key, onEntry: (_, entry) => onEntry(entry) }));

/** The entries of a log, if it is sound and of this signer; otherwise what is wrong with it. */
export function entriesOf(files: LogFiles, { origin, pem }: LogKey): readonly Entry[] | string {
  const entries: Entry[] = [];
  const { signed, findings } = verify(files, signerOf(origin, pem), (entry) =>
    entries.push(JSON.parse(entry.toString()) as Entry),
  );
  const [first] = findings;
  if (first !== undefined) return `${first.where}: found ${first.found}, expected ${first.expected}`;
  return signed === 'verified' ? entries : 'who signed it is not known';
}

/** The same files, those of entries changed. */
const spoiled = (files: LogFiles, change: (content: Buffer) => Buffer): LogFiles =>
  new Map([...files].map(([path, content]) => [path, path.startsWith('tile/entries/') ? change(content) : content]));

/** One bit of the last byte of each bundle: whatever it says, it says something else. */
const flipped = (content: Buffer): Buffer => {
  const copy = Buffer.from(content);
  copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
  return copy;
};

const result = (one: Case, why: string | undefined, evidence: string): Result => ({
  ...one,
  state: why === undefined ? 'proven' : 'failed',
  ...(why === undefined ? {} : { why }),
  evidence,
});

/** What must be found wrong; anything else has failed. */
const refusal = (one: Case, files: LogFiles, key: Verifier): Result => {
  const [first] = verify(files, key).findings;
  return first === undefined
    ? result(one, 'it was taken for sound', '')
    : result(one, undefined, `${first.where}: found ${first.found}`);
};

/** Nothing of it could be shown. */
export const unread = (why: string): Result[] =>
  RECORD_CASES.map((one) => ({ ...one, state: 'unproven', why, evidence: '' }));

/** What the files of a log show of the calls that it should have. */
export function judgeLog(files: LogFiles, key: LogKey, told: readonly Told[]): Result[] {
  if (decided(told).length === 0) return unread('no call was decided, so there is nothing to look for');
  const entries = entriesOf(files, key);
  if (typeof entries === 'string')
    return [result(CASES.recorded, `the log is not sound: ${entries}`, ''), ...unread('the log is not sound').slice(1)];
  const lost = missing(entries, told);
  const own = signerOf(key.origin, key.pem);
  return [
    result(
      CASES.recorded,
      lost.length === 0 ? undefined : `no record of ${lost.join(', ')}`,
      `${entries.length} entries, and the root over them is the one that was signed`,
    ),
    refusal(CASES.changed, spoiled(files, flipped), own),
    refusal(
      CASES.removed,
      spoiled(files, () => Buffer.alloc(0)),
      own,
    ),
    refusal(CASES.signer, files, signerOf(key.origin, signingKey())),
  ];
}
