import { hash, randomFillSync, timingSafeEqual } from 'node:crypto';
import type { Database } from './database';

/** A body with the salt that hides it, and what an entry says of it. */
export interface Sealed {
  /** `sha256:` of salt and body: it proves the body while that is kept, and tells nothing after it is erased. */
  readonly commitment: string;
  readonly salt: Buffer;
  readonly body: Buffer;
}

const commit = (salt: Uint8Array, body: Uint8Array): string => `sha256:${hash('sha256', Buffer.concat([salt, body]))}`;

const SALT = 32;
/** Randomness for some salts at once: asking the system for each of them costs more than all the rest of a seal. */
const drawn = Buffer.alloc(128 * SALT);
let used = drawn.length;

/** Random bytes that nobody has seen, and that are not kept. */
function freshSalt(): Buffer {
  if (used === drawn.length) {
    randomFillSync(drawn);
    used = 0;
  }
  const place = drawn.subarray(used, used + SALT);
  used += SALT;
  const salt = Buffer.from(place);
  place.fill(0);
  return salt;
}

/** Commits to a body with a fresh salt: equal bodies have different commitments. */
export function seal(body: string | Uint8Array): Sealed {
  const bytes = Buffer.from(body as string);
  const salt = freshSalt();
  return { commitment: commit(salt, bytes), salt, body: bytes };
}

/** Whether salt and body are those that were committed to. */
export const opens = ({ commitment, salt, body }: Sealed): boolean =>
  timingSafeEqual(Buffer.from(commitment), Buffer.from(commit(salt, body)));

/** The body behind a commitment; undefined after it was erased. @throws Error when it was changed */
export async function bodyOf(database: Database, commitment: string): Promise<Buffer | undefined> {
  const [row] = await database.ask<{ salt: string; body: string }>(
    "select encode(salt, 'base64') as salt, encode(body, 'base64') as body from firepit.bodies where commitment = $1",
    [commitment],
  );
  if (row === undefined) return undefined;
  const sealed = { commitment, salt: Buffer.from(row.salt, 'base64'), body: Buffer.from(row.body, 'base64') };
  if (!opens(sealed)) throw new Error(`the body of ${commitment} is not the one that was recorded`);
  return sealed.body;
}

/**
 * Forgets a body and its salt; entries and proofs stay as they are. Asked for by the role `eraser`, which records an
 * event that says who did it and why, first.
 * @returns whether there was one
 */
export async function eraseBody(database: Database, commitment: string): Promise<boolean> {
  const [row] = await database.ask<{ erased: boolean }>('select firepit.erase($1) as erased', [commitment]);
  return row?.erased === true;
}
