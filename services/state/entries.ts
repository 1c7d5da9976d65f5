import { type Entry, entry as entrySchema, MAX_ENTRY_BYTES } from '../../contract';
import type { Sealed } from './bodies';
import { canonical } from './canonical';
import type { Database } from './database';
import { assertDurable, DURABILITY, type Durability } from './durability';
import { isEntry } from './entry-form';

/** What an entry adds to a sequence, and what the sequence is judged by of it. */
export interface Step {
  readonly sequence: string;
  /** Milliseconds since 1970, as the entry has it. */
  readonly at: number;
  /** What the sequence has read from now on. */
  readonly taint: readonly string[];
  /** The body that is read with the entry. @default - none */
  readonly body?: string;
}

/** What must be true at the moment of the record. A run that the entry names must be open, besides. */
export interface Condition {
  /** Whose head must still be this one: hexadecimal, empty where it has no step. @default - no sequence was judged */
  readonly judged?: { readonly sequence: string; readonly head: string };
}

/** Why an entry was not recorded though all works: what it was judged on is no longer so. */
export type Refusal = 'moved' | 'run-stopped' | 'run-paused' | 'run-unknown';

/** An entry as it is written: its canonical text, and what it is found by. */
export interface Written {
  readonly id: string;
  readonly kind: Entry['kind'];
  readonly run?: string;
  readonly decision?: string;
  readonly text: string;
  readonly bodies: readonly Sealed[];
  /** @default - none */
  readonly steps?: readonly Step[];
  /** @default - recorded whatever is true */
  readonly condition?: Condition;
}

/** An entry that will never be accepted, as it is. */
export class EntryError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EntryError';
  }
}

/** Another entry with the same id is there, and says something else: the first stands. */
export class EntryConflict extends EntryError {}

const unfit = (given: unknown): EntryError => {
  const [issue] = entrySchema.safeParse(given).error?.issues ?? [];
  return new EntryError(`an entry cannot be recorded: ${issue?.path.join('.') || '(root)'}: ${issue?.message}`);
};

/** Checks an entry and writes it in its one form. @throws EntryError */
export function written(
  given: Entry,
  bodies: readonly Sealed[] = [],
  more: Pick<Written, 'steps' | 'condition'> = {},
): Written {
  if (!isEntry(given)) throw unfit(given);
  const { id, kind, who } = given;
  const text = canonical(given);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_ENTRY_BYTES)
    throw new EntryError(`an entry cannot be recorded: ${bytes} bytes, at most ${MAX_ENTRY_BYTES} are possible`);
  const decision = 'decision' in given ? given.decision : undefined;
  return {
    id,
    kind,
    ...(who.run === undefined ? {} : { run: who.run }),
    ...(decision === undefined ? {} : { decision }),
    text,
    bodies,
    ...more,
  };
}

type Appended = Durability & { readonly answers: string };

const PARAMETERS = [
  ...['uuid', 'text', 'text', 'uuid'].map((type) => `${type}[]`),
  'text',
  ...['boolean', 'text', 'text', 'integer', 'text', 'bigint', 'text', 'text'].map((type) => `${type}[]`),
  ...['integer', 'text', 'text', 'text'].map((type) => `${type}[]`),
];
const APPEND = `select firepit.append(${PARAMETERS.map((type, i) => `$${i + 1}::${type}`).join(', ')}) as answers, ${DURABILITY}`;

/**
 * One statement, one flush: every entry of the batch whose condition holds is durable, or none is.
 * @returns the index of each, or why it is not there
 */
export async function appendWhere(database: Database, batch: readonly Written[]): Promise<(number | Refusal)[]> {
  if (batch.length === 0) return [];
  const bodies = batch.flatMap((entry, i) => entry.bodies.map((body) => ({ ...body, owner: i + 1 })));
  const steps = batch.flatMap(({ steps: own = [] }, i) => own.map((step) => ({ ...step, owner: i + 1 })));
  const [row] = await database.ask<Appended>(
    APPEND,
    [
      batch.map(({ id }) => id),
      batch.map(({ kind }) => kind),
      batch.map(({ run }) => run ?? null),
      batch.map(({ decision }) => decision ?? null),
      batch.map(({ text }) => text).join('\n'),
      batch.map(({ condition }) => condition !== undefined),
      batch.map(({ condition }) => condition?.judged?.sequence ?? null),
      batch.map(({ condition }) => condition?.judged?.head ?? null),
      steps.map(({ owner }) => owner),
      steps.map(({ sequence }) => sequence),
      steps.map(({ at }) => at),
      steps.map(({ taint }) => taint.join(' ')),
      steps.map(({ body }) => body ?? null),
      bodies.map(({ owner }) => owner),
      bodies.map(({ commitment }) => commitment),
      bodies.map(({ salt }) => salt.toString('base64')),
      bodies.map(({ body }) => body.toString('base64')),
    ],
    'append',
  );
  if (row === undefined) throw new Error('the database did not say where the entries are');
  if (database.kind === 'postgres') assertDurable(row);
  return row.answers.split(',').map((answer) => (/^\d+$/.test(answer) ? Number(answer) : (answer as Refusal)));
}

/** The same for entries without conditions. @returns the index of each */
export async function append(database: Database, batch: readonly Written[]): Promise<number[]> {
  return (await appendWhere(database, batch)).map((answer) => {
    if (typeof answer !== 'number') throw new Error(`an entry was refused: ${answer}`);
    return answer;
  });
}

/** An entry where the log has it. */
export interface Recorded {
  readonly index: number;
  readonly text: string;
}

const recorded = (rows: readonly { readonly index: string; readonly entry: string }[]): Recorded[] =>
  rows.map(({ index, entry }) => ({ index: Number(index), text: entry }));

/** How many entries are durable. */
export async function size(database: Database): Promise<number> {
  const [row] = await database.ask<{ size: string }>('select size::text as size from firepit.log');
  return Number(row?.size ?? 0);
}

/** Durable entries in the order of the log. */
export async function readFrom(database: Database, from: number, limit: number): Promise<Recorded[]> {
  return recorded(
    await database.ask(
      'select index::text as index, entry from firepit.entries where index >= $1 order by firepit.entries.index limit $2',
      [from, limit],
      'read',
    ),
  );
}

/** The entries of a run, in order: what its sequence is judged by. */
export async function ofRun(database: Database, run: string, from = 0): Promise<Recorded[]> {
  return recorded(
    await database.ask(
      'select index::text as index, entry from firepit.entries where run = $1 and index >= $2 order by firepit.entries.index',
      [run, from],
      'run',
    ),
  );
}

/** A decision and all that followed from it. */
export async function ofDecision(database: Database, decision: string): Promise<Recorded[]> {
  return recorded(
    await database.ask(
      'select index::text as index, entry from firepit.entries where id = $1 or decision = $1 order by firepit.entries.index',
      [decision],
    ),
  );
}
