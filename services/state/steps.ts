import { hash } from 'node:crypto';
import { opens } from './bodies';
import { type Database, type Row, StateError } from './database';

/** A step of a sequence as the database has it. */
export interface StepRow {
  readonly index: number;
  /** Digest over the sequence up to the step before, and up to this one: hexadecimal, empty before the first. */
  readonly before: string;
  readonly head: string;
  /** What the sequence has read, this step included. */
  readonly taint: readonly string[];
  readonly entry: string;
  /** What is read with the entry; `erased` when it was there and is forgotten. */
  readonly body: Buffer | 'erased' | undefined;
}

/** From where a sequence is read: all that is newer than a step, or all from a time on, in milliseconds since 1970. */
export type From = { readonly after: number } | { readonly since: number };

/** Steps that a call is judged by. A sequence that has more of them within its windows is not judged. */
const MAX_STEPS = 50_000;

/** @throws StateError when it is too long to be judged */
export function assertShort(length: number): void {
  if (length > MAX_STEPS)
    throw new StateError(
      'a sequence is too long to be judged',
      `more than ${MAX_STEPS} steps within the windows of its rules`,
      'fewer',
      'shorten the windows, or wait',
    );
}

/** The columns and joins of steps, where `$1` is the sequence, `$2` and `$3` are {@link From}. */
export const STEPS = `
  select s.index::text as index, encode(s.head, 'hex') as head, array_to_string(s.taint, ' ') as taint, e.entry,
    s.body as commitment, encode(b.salt, 'base64') as salt, encode(b.body, 'base64') as body,
    (select encode(p.head, 'hex') from firepit.steps p
      where p.sequence = s.sequence and p.index < s.index order by p.index desc limit 1) as before
  from firepit.steps s join firepit.entries e on e.index = s.index
    left join firepit.bodies b on b.commitment = s.body
  where s.sequence = $1 and s.index > coalesce($2::bigint,
    (select min(f.index) - 1 from firepit.steps f where f.sequence = $1 and f.at >= $3::bigint),
    (select max(l.index) - 1 from firepit.steps l where l.sequence = $1))
  order by s.index limit ${MAX_STEPS + 1}`;

export interface RawStep extends Row {
  readonly index: string;
  readonly head: string;
  readonly taint: string;
  readonly entry: string;
  readonly commitment: string | null;
  readonly salt: string | null;
  readonly body: string | null;
  readonly before: string | null;
}

/** The values of {@link From}. */
export const fromValues = (from: From): readonly unknown[] =>
  'after' in from ? [from.after, null] : [null, Math.floor(from.since)];

/** The digest over a sequence that goes on with an entry. */
export const headAfter = (head: string, text: string): string =>
  hash('sha256', Buffer.concat([Buffer.from(head, 'hex'), Buffer.from(text)]));

const changed = (index: string, what: string): StateError =>
  new StateError(
    'the database says something else than what was recorded',
    `another ${what} at entry ${index}`,
    'entries and bodies as they were written',
    'keep the database for the investigation; firepit audit verify tells what was signed',
  );

function bodyOf({ index, commitment, salt, body }: RawStep): StepRow['body'] {
  if (commitment === null) return undefined;
  if (salt === null || body === null) return 'erased';
  const bytes = Buffer.from(body, 'base64');
  if (!opens({ commitment, salt: Buffer.from(salt, 'base64'), body: bytes })) throw changed(index, 'body');
  return bytes;
}

/** Reads rows, and holds each against the digests beside it. @throws StateError when one was changed or is missing */
export function stepsFrom(rows: readonly RawStep[]): StepRow[] {
  assertShort(rows.length);
  return rows.map((row, i) => {
    const before = row.before ?? '';
    const previous = rows[i - 1];
    if ((previous !== undefined && previous.head !== before) || headAfter(before, row.entry) !== row.head)
      throw changed(row.index, 'entry');
    return {
      index: Number(row.index),
      before,
      head: row.head,
      taint: row.taint === '' ? [] : row.taint.split(' '),
      entry: row.entry,
      body: bodyOf(row),
    };
  });
}

/** Reads the steps of a sequence, oldest first; from a time on, the last step comes in any case. @throws StateError */
export async function stepsOf(database: Database, sequence: string, from: From): Promise<StepRow[]> {
  return stepsFrom(await database.ask<RawStep>(STEPS, [sequence, ...fromValues(from)], 'steps'));
}
