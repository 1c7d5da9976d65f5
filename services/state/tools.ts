import type { Database } from './database';
import type { Written } from './entries';

/** A definition that a server showed, with the entry that says so. */
export interface ShownRow {
  /** Of the operation, within the database. */
  readonly name: string;
  /** `sha256:…` of the definition. */
  readonly digest: string;
  readonly entry: Written;
}

/** The digest that was shown last, of each of these operations; those that were never shown are left out. */
export async function shownTools(database: Database, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await database.ask<{ name: string; digest: string }>(
    'select name, digest from firepit.tools where name = any ($1::text[])',
    [names],
    'shown-tools',
  );
  return new Map(rows.map(({ name, digest }) => [name, digest]));
}

/** Keeps what was shown from now on, together with the entries that say so. */
export async function showTools(database: Database, shown: readonly ShownRow[]): Promise<void> {
  await database.ask('select firepit.show_tools($1::text[], $2::text[], $3::uuid[], $4::uuid[], $5)', [
    shown.map(({ name }) => name),
    shown.map(({ digest }) => digest),
    shown.map(({ entry }) => entry.decision ?? null),
    shown.map(({ entry }) => entry.id),
    shown.map(({ entry }) => entry.text).join('\n'),
  ]);
}
