import { StateError } from './database';

/** Files with which a server is verified, and with which a client shows who it is. */
export interface Tls {
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
}

/** A PostgreSQL server. */
export interface PostgresAddress {
  readonly kind: 'postgres';
  /** A name, an address, or the folder of a socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password?: string;
  /** Absent on this machine only. */
  readonly tls?: Tls;
}

/** PGlite in this process; without a folder nothing is kept. */
export interface EmbeddedAddress {
  readonly kind: 'embedded';
  readonly folder?: string;
}

export type Address = PostgresAddress | EmbeddedAddress;

const EXPECTED =
  'postgres://USER[:PASSWORD]@HOST[:PORT]/DATABASE[?sslrootcert=FILE&sslcert=FILE&sslkey=FILE], postgres://USER@localhost[:PORT]/DATABASE?host=/SOCKET/FOLDER, pglite:FOLDER or pglite:memory';
const PARAMETERS = new Set(['host', 'port', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey']);

const refuse = (found: string, fix: string): never => {
  throw new StateError('the address of the database is not one', found, EXPECTED, fix);
};

/** Whether bytes to this host stay on this machine. */
export const isLocal = (host: string): boolean =>
  host.startsWith('/') || ['localhost', '127.0.0.1', '::1', '[::1]'].includes(host);

function urlOf(text: string): URL {
  try {
    return new URL(text);
  } catch {
    return refuse(shown(text), 'write it in one of the expected forms');
  }
}

/** The text without what follows `:` in the user's part. */
const shown = (text: string): string => text.replace(/(\/\/[^/@:]*):[^@]*@/, '$1:…@');

function tlsOf(url: URL, host: string): Tls | undefined {
  const parameter = (name: string): string | undefined => url.searchParams.get(name) ?? undefined;
  const mode = parameter('sslmode');
  if (mode !== undefined && mode !== 'verify-full')
    refuse(`sslmode=${mode}`, 'leave sslmode out: a server that is not on this machine is always verified');
  const files = { ca: parameter('sslrootcert'), certificate: parameter('sslcert'), key: parameter('sslkey') };
  const given = Object.values(files).some((file) => file !== undefined);
  if ((files.certificate === undefined) !== (files.key === undefined))
    refuse('one of sslcert and sslkey', 'give both, or neither');
  return isLocal(host) && !given && mode === undefined ? undefined : files;
}

/** Reads the address of a database. @throws StateError */
export function addressOf(text: string): Address {
  if (text.startsWith('pglite:')) {
    const folder = text.slice('pglite:'.length).replace(/^\/\/(?=\/)/, '');
    if (folder === '') refuse(text, 'name a folder, or write pglite:memory to keep nothing');
    return folder === 'memory' ? { kind: 'embedded' } : { kind: 'embedded', folder };
  }
  const url = urlOf(text);
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:')
    return refuse(shown(text), 'write it in one of the expected forms');
  const unknown = [...url.searchParams.keys()].find((name) => !PARAMETERS.has(name));
  if (unknown !== undefined) refuse(`the parameter ${unknown}`, `use ${[...PARAMETERS].join(', ')} only`);
  const host = url.searchParams.get('host') ?? url.hostname;
  const database = decodeURIComponent(url.pathname.slice(1));
  const user = decodeURIComponent(url.username);
  if (host === '' || database === '' || user === '') refuse(shown(text), 'name host, database and user');
  const tls = tlsOf(url, host);
  return {
    kind: 'postgres',
    host: host.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 5432),
    database,
    user,
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
    ...(tls === undefined ? {} : { tls }),
  };
}
