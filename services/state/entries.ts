import { type Entry, entry as entrySchema, MAX_ENTRY_BYTES } from '../../contract';
import type { Sealed } from './bodies';
import { canonical } from './canonical';
import type { Database } from './database';
import { assertDurable, DURABILITY, type Durability } from './durability';

/** An entry as it is written: its canonical text, and what it is found by. */
export interface Written {
  readonly id: string;
  readonly kind: Entry['kind'];
  readonly run?: string;
  readonly decision?: string;
  readonly text: string;
  readonly bodies: readonly Sealed[];
}

/** An entry that will never be accepted, as it is. */
export class EntryError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EntryError';
  }
}

/** Checks an entry and writes it in its one form. @throws EntryError */
export function written(given: Entry, bodies: readonly Sealed[] = []): Written {
  const parsed = entrySchema.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new EntryError(`an entry cannot be recorded: ${issue?.path.join('.') || '(root)'}: ${issue?.message}`);
  }
  const { id, kind, who } = parsed.data;
  const text = canonical(parsed.data);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_ENTRY_BYTES)
    throw new EntryError(`an entry cannot be recorded: ${bytes} bytes, at most ${MAX_ENTRY_BYTES} are possible`);
  const decision = 'decision' in parsed.data ? parsed.data.decision : undefined;
  return {
    id,
    kind,
    ...(who.run === undefined ? {} : { run: who.run }),
    ...(decision === undefined ? {} : { decision }),
    text,
    bodies,
  };
}

type Appended = Durability & { readonly indexes: string };

/** One statement, one flush: every entry of the batch is durable, or none is. @returns the index of each */
export async function append(database: Database, batch: readonly Written[]): Promise<number[]> {
  if (batch.length === 0) return [];
  const bodies = batch.flatMap((entry) => entry.bodies);
  const [row] = await database.ask<Appended>(
    `select firepit.append($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text, $6::text[], $7::text[], $8::text[]) as indexes, ${DURABILITY}`,
    [
      batch.map(({ id }) => id),
      batch.map(({ kind }) => kind),
      batch.map(({ run }) => run ?? null),
      batch.map(({ decision }) => decision ?? null),
      batch.map(({ text }) => text).join('\n'),
      bodies.map(({ commitment }) => commitment),
      bodies.map(({ salt }) => salt.toString('base64')),
      bodies.map(({ body }) => body.toString('base64')),
    ],
    'append',
  );
  if (row === undefined) throw new Error('the database did not say where the entries are');
  if (database.kind === 'postgres') assertDurable(row);
  return row.indexes.split(',').map(Number);
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
