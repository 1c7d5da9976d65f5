import { createHash } from 'node:crypto';
import { type Ask, type Database, ROLES, roleName, StateError } from './database';
import { entries } from './migrations/0001-entries';
import { sequences } from './migrations/0002-sequences';
import { tools } from './migrations/0003-tools';
import { handles } from './migrations/0004-handles';

/** In the order in which they are applied; a released one never changes. `{writer}` stands for the role of its database. */
const MIGRATIONS: readonly { readonly name: string; readonly sql: string }[] = [
  { name: '0001-entries', sql: entries },
  { name: '0002-sequences', sql: sequences },
  { name: '0003-tools', sql: tools },
  { name: '0004-handles', sql: handles },
];

/** One migration at a time, whoever starts first. The number means nothing. */
const LOCK = 7_347_236_641;

const digestOf = (sql: string): string => createHash('sha256').update(sql).digest('hex');

/** A name as SQL writes it, whatever is in it. */
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Runs statements that take no values, one by one: a function's body is one statement. */
async function run(ask: Ask, sql: string, database: string): Promise<void> {
  const named = ROLES.reduce((text, role) => text.replaceAll(`{${role}}`, quoted(roleName(role, database))), sql);
  for (const statement of statementsOf(named)) await ask(statement);
}

/** Splits at semicolons outside of `$body$ … $body$`. */
export function statementsOf(sql: string): string[] {
  const parts = sql.split('$body$');
  const statements: string[] = [''];
  parts.forEach((part, i) => {
    const pieces = i % 2 === 1 ? [`$body$${part}$body$`] : part.split(';');
    statements[statements.length - 1] += pieces[0] ?? '';
    statements.push(...pieces.slice(1));
  });
  return statements.map((statement) => statement.trim()).filter((statement) => statement !== '');
}

/** PostgreSQL cuts longer names off. */
const MOST_BYTES = 63;

/** @throws StateError when a role is missing, and the user may make none */
async function roles(ask: Ask, database: string): Promise<void> {
  for (const name of ROLES.map((role) => roleName(role, database))) {
    if (Buffer.byteLength(name) > MOST_BYTES)
      throw new StateError(
        'the name of the database is too long',
        `${database}, and so a role ${name}`,
        `at most ${MOST_BYTES - Buffer.byteLength(roleName('writer', ''))} bytes`,
        'rename the database',
      );
    const [there] = await ask('select 1 from pg_roles where rolname = $1', [name]);
    if (there === undefined) await create(ask, name);
    const [member] = await ask<{ member: boolean }>("select pg_has_role(current_user, $1, 'member') as member", [name]);
    if (there === undefined || !member?.member) await ask(`grant ${quoted(name)} to current_user`);
  }
}

async function create(ask: Ask, name: string): Promise<void> {
  const [user] = await ask<{ name: string; may: boolean }>(
    'select rolname as name, rolsuper or rolcreaterole as may from pg_roles where rolname = current_user',
  );
  if (user?.may !== true)
    throw new StateError(
      'a role of the services is not in the database',
      `no role ${name}, and ${user?.name} may not create one`,
      'roles firepit_writer_…, firepit_reader_… and firepit_eraser_… of this database, granted to the user',
      `as an administrator, for each of them: create role ${quoted(name)} nologin; grant ${quoted(name)} to ${quoted(user?.name ?? '')}`,
    );
  await ask(`create role ${quoted(name)} nologin`);
}

async function applied(ask: Ask): Promise<Map<string, string>> {
  const rows = await ask<{ name: string; digest: string }>('select name, digest from firepit.migrations order by name');
  return new Map(rows.map(({ name, digest }) => [name, digest]));
}

/** @throws StateError when somebody else's migrations were applied */
function assertKnown(found: ReadonlyMap<string, string>): void {
  for (const [name, digest] of found) {
    const known = MIGRATIONS.find((migration) => migration.name === name);
    if (known === undefined || digestOf(known.sql) !== digest)
      throw new StateError(
        'the database was migrated by another version',
        known === undefined ? `migration ${name}` : `migration ${name} with digest ${digest.slice(0, 12)}…`,
        `migrations up to ${MIGRATIONS.at(-1)?.name}, as this version has them`,
        'run the version that migrated it, or a newer one',
      );
  }
}

/**
 * Brings a database, opened as `owner`, to this version. Safe to run from every replica at once.
 * @returns the migrations that were applied now
 * @throws StateError when a newer version was here
 */
export async function migrate(database: Database): Promise<string[]> {
  return database.transaction(async (ask) => {
    await ask(`select pg_advisory_xact_lock(${LOCK})`);
    await ask('create schema if not exists firepit');
    await ask(
      'create table if not exists firepit.migrations (name text primary key, digest text not null, at timestamptz not null default now())',
    );
    const found = await applied(ask);
    assertKnown(found);
    const missing = MIGRATIONS.filter(({ name }) => !found.has(name));
    const [{ database: of = '' } = {}] = await ask<{ database: string }>('select current_database() as database');
    if (missing.length > 0) await roles(ask, of);
    for (const { name, sql } of missing) {
      await run(ask, sql, of);
      await ask('insert into firepit.migrations (name, digest) values ($1, $2)', [name, digestOf(sql)]);
    }
    return missing.map(({ name }) => name);
  });
}
