import { readFileSync } from 'node:fs';
import type { LedgerConfig } from '../../contract';
import type { PostgresAddress } from './address';
import { StateError } from './database';

/** The part of a service's configuration that says where state is. */
type Configured = Pick<LedgerConfig, 'state' | 'tls'>;

const passwordOf = (file: string): string => {
  try {
    // A Secret that was made from a file ends with a line feed that is not part of the password.
    const password = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    if (password !== '') return password;
  } catch (error) {
    throw new StateError('the password of the database cannot be read', (error as Error).message, file, 'mount it');
  }
  throw new StateError('the password of the database is empty', `nothing in ${file}`, 'a password', 'fill the Secret');
};

/**
 * The database that a service's configuration names: always verified, with a password where there is one and with the
 * service's own certificate where there is none.
 * @throws StateError
 */
export function configuredAddress({ state, tls }: Configured): PostgresAddress {
  const { host, port, database, user, passwordFile, ca } = state;
  const server = ca === undefined ? {} : { ca };
  return {
    kind: 'postgres',
    host,
    port,
    database,
    user,
    ...(passwordFile === undefined
      ? { tls: { ...server, certificate: tls.certificate, key: tls.key } }
      : { password: passwordOf(passwordFile), tls: server }),
  };
}
