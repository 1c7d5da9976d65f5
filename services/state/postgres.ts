import { readFileSync } from 'node:fs';
import { Pool, type PoolClient } from 'pg';
import { isLocal, type PostgresAddress } from './address';
import { type Ask, type Database, type Role, type Row, StateError, takeRole } from './database';
import { assertDurable, assertServer, DURABILITY, type Durability } from './durability';

/** How long a server may take before its silence is a failure. */
const CONNECT_MS = 5_000;
const STATEMENT_MS = 10_000;

function read(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new StateError(
      `${what} of the database connection cannot be read`,
      (error as Error).message,
      `a PEM file at ${file}`,
      'mount it, or correct its path',
    );
  }
}

function tlsOf({ tls, host }: PostgresAddress) {
  if (tls === undefined) {
    if (isLocal(host)) return undefined;
    throw new StateError(
      'the database is not on this machine, and the connection is not encrypted',
      `${host} without TLS`,
      'TLS, with a certificate that names the host',
      'add sslrootcert=FILE with the CA of the server',
    );
  }
  return {
    rejectUnauthorized: true,
    ...(tls.ca === undefined ? {} : { ca: read(tls.ca, 'the CA') }),
    ...(tls.certificate === undefined ? {} : { cert: read(tls.certificate, 'the certificate') }),
    ...(tls.key === undefined ? {} : { key: read(tls.key, 'the key') }),
  };
}

const asking =
  (client: Pool | PoolClient): Ask =>
  async <R extends Row>(text: string, values: readonly unknown[] = [], name?: string) =>
    (await client.query<R>({ text, values: [...values], ...(name === undefined ? {} : { name }) })).rows;

/** Each session starts with its role and proves that it is durable. */
async function prepare(client: PoolClient, role: Role): Promise<void> {
  const ask = asking(client);
  await assertServer(ask);
  const [durability] = await ask<Durability>(`select ${DURABILITY}`);
  if (durability !== undefined) assertDurable(durability);
  if (role !== 'owner') await ask(takeRole(role));
}

/** Opens a PostgreSQL server. @throws StateError */
export async function openPostgres(address: PostgresAddress, role: Role): Promise<Database> {
  const { host, port, database, user, password } = address;
  const pool = new Pool({
    host,
    port,
    database,
    user,
    ...(password === undefined ? {} : { password }),
    ssl: tlsOf(address) ?? false,
    max: 4,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    query_timeout: STATEMENT_MS + CONNECT_MS,
    idle_in_transaction_session_timeout: STATEMENT_MS,
    application_name: `firepit-${role}`,
    verify: (client, done) => void prepare(client, role).then(() => done(), done),
  });
  // A connection that breaks fails its questions, and is replaced by the next one. Without a listener it ends the
  // process: while idle, and between two questions of a transaction.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const ask = asking(pool);
  try {
    await ask('select 1');
  } catch (error) {
    await pool.end();
    if (error instanceof StateError) throw error;
    throw new StateError(
      'the database does not answer',
      (error as Error).message || (error as NodeJS.ErrnoException).code || String(error),
      `a PostgreSQL server at ${host}:${port} that lets ${user} into ${database}`,
      'check address, certificate and rights',
    );
  }
  return {
    kind: 'postgres',
    ask,
    async transaction(work) {
      const client = await pool.connect();
      try {
        await client.query('begin');
        const result = await work(asking(client));
        await client.query('commit');
        client.release();
        return result;
      } catch (error) {
        // The connection goes with its transaction: no rollback can be missed.
        client.release(true);
        throw error;
      }
    },
    close: () => pool.end(),
  };
}
