import type { Database } from './database';

/** A handle of a run that an agent was given because another one asked it, as the database has it. */
export interface HandleRow {
  readonly id: string;
  readonly run: string;
  /** For whom it is good. */
  readonly agent: string;
  /** Who asked, the first first; never empty. */
  readonly through: readonly string[];
}

/** Adds a handle to a run that is there. */
export async function handRun(database: Database, { id, run, agent, through }: HandleRow): Promise<void> {
  await database.ask('select firepit.hand_run($1, $2, $3, $4::text[])', [id, run, agent, through], 'hand-run');
}

/** Finds a handle; undefined where there is none, or its run was forgotten. */
export async function findHandle(database: Database, id: string): Promise<HandleRow | undefined> {
  const [row] = await database.ask<{ id: string; run: string; agent: string; through: readonly string[] }>(
    'select id, run, agent, through from firepit.handles where id = $1',
    [id],
    'find-handle',
  );
  return row;
}
