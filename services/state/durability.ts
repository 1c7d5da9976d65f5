import { type Ask, type Database, type Row, StateError } from './database';

/** What makes a commit survive the loss of power, as a session of the server sees it. */
export interface Durability extends Row {
  readonly fsync: string;
  readonly commit: string;
}

/** Columns of {@link Durability}: asked with each flush, because an administrator may change them at any time. */
export const DURABILITY = "current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit";

/** @throws StateError while the server acknowledges what it has not flushed */
export function assertDurable({ fsync, commit }: Durability): void {
  const fix = (setting: string) =>
    `set ${setting} = on in postgresql.conf, and reset it for this role and database; no decision is let through until then`;
  if (fsync !== 'on')
    throw new StateError(
      'the database does not keep what it acknowledges',
      `fsync = ${fsync}`,
      'fsync = on',
      fix('fsync'),
    );
  // Anything but off waits for the local flush: https://www.postgresql.org/docs/15/runtime-config-wal.html
  if (!['on', 'local', 'remote_write', 'remote_apply'].includes(commit))
    throw new StateError(
      'the database does not keep what it acknowledges',
      `synchronous_commit = ${commit}`,
      'synchronous_commit = on',
      fix('synchronous_commit'),
    );
}

/** The server is one that this SQL is written for. @throws StateError */
export async function assertServer(ask: Ask): Promise<void> {
  const [server] = await ask<{ version: string; encoding: string }>(
    "select current_setting('server_version_num') as version, current_setting('server_encoding') as encoding",
  );
  if (Number(server?.version) < 150_000)
    throw new StateError(
      'the database is too old',
      `PostgreSQL ${server?.version}`,
      'PostgreSQL 15 or newer',
      'upgrade the server',
    );
  if (server?.encoding !== 'UTF8')
    throw new StateError(
      'the database cannot hold every text',
      `encoding ${server?.encoding}`,
      'encoding UTF8',
      "create it with ENCODING 'UTF8'",
    );
}

/** The database answers, and keeps what it acknowledges. @throws StateError, or the error of the connection */
export async function assertReady({ kind, ask }: Database): Promise<void> {
  const [durability] = await ask<Durability>(`select ${DURABILITY}`);
  if (kind === 'postgres' && durability !== undefined) assertDurable(durability);
}
