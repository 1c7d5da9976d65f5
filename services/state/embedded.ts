import { mkdirSync } from 'node:fs';
import type { PGlite, Transaction } from '@electric-sql/pglite';
import type { EmbeddedAddress } from './address';
import { type Ask, type Database, type Role, type Row, takeRole } from './database';

const asking =
  (server: PGlite | Transaction): Ask =>
  async <R extends Row>(text: string, values: readonly unknown[] = []) =>
    (await server.query<R>(text, [...values])).rows;

/** The one server of a folder in this process, with the roles that look at it. */
const open = new Map<string, { readonly server: PGlite; users: number }>();

function start(folder: string | undefined): PGlite {
  // Loaded when asked for: its WebAssembly is tens of megabytes that a service on PostgreSQL never needs.
  const { PGlite: Server } = require('@electric-sql/pglite') as typeof import('@electric-sql/pglite');
  if (folder === undefined) return new Server();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return new Server(folder);
}

/** Opens PGlite. Several roles may look at one folder, or at the one memory of this process. */
export async function openEmbedded({ folder }: EmbeddedAddress, role: Role): Promise<Database> {
  const key = folder ?? 'memory';
  const shared = open.get(key) ?? { server: start(folder), users: 0 };
  shared.users++;
  open.set(key, shared);
  const { server } = shared;
  await server.waitReady;
  // One connection serves all: the role is taken for one transaction at a time.
  const transaction: Database['transaction'] = (work) =>
    server.transaction(async (inner) => {
      const ask = asking(inner);
      if (role !== 'owner') await ask(takeRole(role, true));
      return work(ask);
    }) as ReturnType<typeof work>;
  return {
    kind: 'embedded',
    ask: (text, values) => transaction((ask) => ask(text, values)),
    transaction,
    async close() {
      if (--shared.users > 0) return;
      open.delete(key);
      await server.close();
    },
  };
}
