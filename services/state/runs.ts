import type { Database, Row } from './database';
import type { Written } from './entries';
import { type From, fromValues, type RawStep, STEPS, type StepRow, stepsFrom } from './steps';

/** A run as the database has it; times in milliseconds since 1970. */
export interface RunRow {
  readonly id: string;
  readonly agent: string;
  readonly user: { readonly issuer: string; readonly subject: string; readonly groups: readonly string[] };
  readonly opened: number;
  readonly expires: number;
  readonly state: 'open' | 'paused' | 'stopped';
}

/** The name of a run's sequence. */
export const runSequence = (run: string): string => `run:${run}`;

/** Adds a run together with the entry that says so. Twice is once. */
export async function openRun(database: Database, run: Omit<RunRow, 'state'>, entry: Written): Promise<void> {
  const { id, agent, user, opened, expires } = run;
  await database.ask(
    'select firepit.open_run($1, $2, $3, $4, $5::text[], $6, $7, $8, $9)',
    [id, agent, user.issuer, user.subject, user.groups, opened, expires, entry.id, entry.text],
    'open-run',
  );
}

/**
 * Turns a run together with the entry that says so; where it is in none of the origins, nothing happens.
 * @returns what it is now; undefined if there is no such run
 */
export async function turnRun(
  database: Database,
  run: string,
  target: RunRow['state'],
  origins: readonly RunRow['state'][],
  entry: Written,
): Promise<RunRow['state'] | undefined> {
  const [row] = await database.ask<{ state: RunRow['state'] | null }>(
    'select firepit.turn_run($1, $2, $3::text[], $4, $5) as state',
    [run, target, origins, entry.id, entry.text],
  );
  return row?.state ?? undefined;
}

/** Forgets runs that expired before a time, with their sequences; entries stay. @returns how many */
export async function expireRuns(database: Database, before: number): Promise<number> {
  const [row] = await database.ask<{ gone: string }>('select firepit.expire_runs($1)::text as gone', [before]);
  return Number(row?.gone ?? 0);
}

type RawRun = Row & {
  readonly run_agent: string;
  readonly run_issuer: string;
  readonly run_subject: string;
  readonly run_groups: readonly string[];
  readonly run_opened: string;
  readonly run_expires: string;
  readonly run_state: RunRow['state'];
} & (RawStep | { readonly index: null });

const FIND = `
  select r.agent as run_agent, r.issuer as run_issuer, r.subject as run_subject, r.groups as run_groups,
    r.opened::text as run_opened, r.expires::text as run_expires, r.state as run_state, steps.*
  from firepit.runs r left join lateral (${STEPS}) steps on true where r.id = $4`;

/** Finds a run and reads its steps, in one question. @throws StateError */
export async function findRun(
  database: Database,
  id: string,
  from: From,
): Promise<{ readonly run: RunRow; readonly steps: readonly StepRow[] } | undefined> {
  const rows = await database.ask<RawRun>(FIND, [runSequence(id), ...fromValues(from), id], 'find-run');
  const [row] = rows;
  if (row === undefined) return undefined;
  const run: RunRow = {
    id,
    agent: row.run_agent,
    user: { issuer: row.run_issuer, subject: row.run_subject, groups: row.run_groups },
    opened: Number(row.run_opened),
    expires: Number(row.run_expires),
    state: row.run_state,
  };
  const steps = rows.filter((step): step is RawRun & RawStep => step.index !== null);
  return { run, steps: stepsFrom(steps.sort((a, b) => Number(a.index) - Number(b.index))) };
}

/** A run that somebody turned, and the index of the entry that says so. */
export interface TurnRow {
  readonly id: string;
  readonly state: RunRow['state'];
  readonly turned: number;
}

/**
 * Runs that were turned after an index, and those of a list whatever happened to them. One that is not there any more
 * is not in the answer.
 */
export async function turnedRuns(database: Database, after: number, listed: readonly string[]): Promise<TurnRow[]> {
  const rows = await database.ask<{ id: string; state: RunRow['state']; turned: string }>(
    'select id, state, coalesce(turned, -1)::text as turned from firepit.runs where turned > $1 or id = any ($2::text[])',
    [after, listed],
    'turned',
  );
  return rows.map(({ id, state, turned }) => ({ id, state, turned: Number(turned) }));
}
