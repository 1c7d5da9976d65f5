/** What a statement gives back, by column. */
export type Row = Readonly<Record<string, unknown>>;

/** Asks one statement. `values` stand for `$1`, `$2` …; `name` lets the server keep the plan. */
export type Ask = <R extends Row = Row>(
  statement: string,
  values?: readonly unknown[],
  name?: string,
) => Promise<readonly R[]>;

/**
 * Where state is kept, the same SQL for both kinds. `postgres` survives the loss of power; `embedded` (PGlite) the end
 * of its process only, because its file system never flushes.
 */
export interface Database {
  readonly kind: 'postgres' | 'embedded';
  readonly ask: Ask;
  /** All of the work, or nothing of it. */
  transaction<T>(work: (ask: Ask) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** The rights that a session takes, whatever the user it logged in as could do. `owner` migrates. */
export type Role = 'owner' | 'writer' | 'reader' | 'eraser';

/** The roles that sessions take. */
export const ROLES = ['writer', 'reader', 'eraser'] as const satisfies readonly Role[];

/** The name of a role. Roles are the server's: each database has its own, or its neighbours could take them too. */
export const roleName = (role: (typeof ROLES)[number], database: string): string => `firepit_${role}_${database}`;

/** The statement that takes a role. @param local until the end of the transaction @default - of the session */
export const takeRole = (role: (typeof ROLES)[number], local = false): string =>
  `select set_config('role', 'firepit_${role}_' || current_database(), ${local})`;

/** A database that cannot be used as it is: what was found, what was expected, what to do. */
export class StateError extends Error {
  constructor(
    subject: string,
    readonly found: string,
    readonly expected: string,
    readonly fix: string,
  ) {
    super(`${subject}\n  found:    ${found}\n  expected: ${expected}\n  fix:      ${fix}`);
    this.name = 'StateError';
    this.stack = `${this.name}: ${this.message}`;
  }
}
