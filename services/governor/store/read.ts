import { z } from 'zod';
import type { DecisionEntry, Entry, OutcomeEntry } from '../../../contract';
import { bodyOf, type Database, isEntry, StateError, type StepRow } from '../../state';
import type { MadeClaim } from '../history';
import type { Json, JsonObject } from '../parse/json';
import type { Event } from '../sequence/event';
import type { Needs } from './needs';
import { judgedSequence } from './write';

/** A step of a sequence, as calls are judged by it. */
export interface SequenceStep {
  readonly at: number;
  readonly event?: Event;
  /** What a model asked for. */
  readonly claims: readonly MadeClaim[];
  /** Id of the claim that explained the call. */
  readonly used?: string;
}

/** What is read with the entries, and of which environment they must be. */
export interface Reader {
  readonly database: Database;
  readonly environment: string;
  readonly needs: Needs;
}

const wishes = z.array(z.strictObject({ name: z.string(), digest: z.string() }));

const unfit = (index: number, found: string, expected: string): StateError =>
  new StateError(
    'an entry of a sequence is not one that this governor judges by',
    `${found} at entry ${index}`,
    expected,
    'give each environment a database of its own, and roll governors out together',
  );

function entryOf({ index, entry }: StepRow, environment: string): Entry {
  const read: unknown = JSON.parse(entry);
  if (!isEntry(read)) throw unfit(index, 'an entry of another form', 'the form of the contract');
  if (read.environment !== environment)
    throw unfit(index, `an entry of ${read.environment}`, `entries of ${environment}`);
  return read;
}

/**
 * The arguments that rules read. Of a body that was erased nobody knows the values: each is a text of its own, which no
 * sum holds (it is over every threshold) and which is like no other value.
 */
async function argumentsOf(reader: Reader, row: StepRow, { id, what }: DecisionEntry): Promise<JsonObject> {
  const names = reader.needs.arguments(what.operation);
  if (names.length === 0 || what.arguments === undefined) return {};
  // A rule that is newer than the entry reads what was not laid beside it.
  const body = row.body ?? (await bodyOf(reader.database, what.arguments)) ?? 'erased';
  if (body === 'erased') return Object.fromEntries(names.map((name) => [name, `erased ${id}`]));
  const all = JSON.parse(body.toString('utf8')) as JsonObject;
  return Object.fromEntries(
    names.filter((name) => Object.hasOwn(all, name)).map((name): [string, Json] => [name, all[name] as Json]),
  );
}

/** Wishes that were erased explain nothing. */
function claimsOf(row: StepRow, { decision, who: { agent = '' }, what }: OutcomeEntry): MadeClaim[] {
  if (what.claims === undefined || row.body === 'erased') return [];
  if (row.body === undefined) throw unfit(row.index, 'no body beside what a model asked for', 'the body');
  return wishes
    .parse(JSON.parse(row.body.toString('utf8')))
    .map((wish, i) => ({ id: `${decision}.${i}`, agent, ...wish }));
}

/** A decision says itself after what it was judged. */
function assertJudged({ index, before }: StepRow, sequence: string, { environment, who, why }: DecisionEntry): void {
  if (sequence !== judgedSequence(environment, who.agent ?? '', who.run, why.sequence === 'agent')) return;
  const expected = before === '' ? undefined : `sha256:${before}`;
  if (why.sequenceHead !== expected)
    throw unfit(index, 'a decision that was judged after other steps', 'the steps that were there');
}

/** Reads a step as it was recorded. @throws StateError when it is of another environment, form or past */
export async function stepOf(reader: Reader, sequence: string, row: StepRow): Promise<SequenceStep> {
  const entry = entryOf(row, reader.environment);
  const at = Date.parse(entry.time);
  if (entry.kind === 'decision') {
    assertJudged(row, sequence, entry);
    const { id, who, what, why } = entry;
    if (what.reach === undefined) throw unfit(row.index, 'a decision without a reach', 'a call of an operation');
    const event: Event = {
      at,
      call: id,
      phase: 'request',
      operation: what.operation,
      reach: what.reach,
      returns: what.returns ?? [],
      arguments: await argumentsOf(reader, row, entry),
      user: who.user,
    };
    return { at, event, claims: [], ...(why.askedBy ? { used: `${why.askedBy}.${why.block}` } : {}) };
  }
  if (entry.kind === 'event') throw unfit(row.index, 'an event', 'a decision or an outcome');
  const { decision, what, why } = entry;
  const claims = claimsOf(row, entry);
  if (what.operation === undefined || what.reach === undefined) return { at, claims };
  const phase = why.code === 'answered' ? 'response' : 'error';
  const { operation, reach, taint: returns } = what;
  return {
    at,
    claims,
    event: { at, call: decision, phase, operation, reach, returns, arguments: {}, user: entry.who.user },
  };
}
