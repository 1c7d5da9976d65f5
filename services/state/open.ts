import { type Address, addressOf } from './address';
import type { Database, Role } from './database';

/**
 * Opens the database at an address, with the rights of one role.
 * @param at an address, or its text: `postgres://…` or `pglite:…`
 * @throws StateError when it cannot be reached, is not durable, or is not one
 */
export async function openDatabase(at: Address | string, role: Role): Promise<Database> {
  const address = typeof at === 'string' ? addressOf(at) : at;
  if (address.kind === 'embedded')
    return (require('./embedded') as typeof import('./embedded')).openEmbedded(address, role);
  return (require('./postgres') as typeof import('./postgres')).openPostgres(address, role);
}
