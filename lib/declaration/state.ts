import { z } from 'zod';
import { made, says, text } from './_check';
import { type InClusterService, internalEndpointSchema, type PrivateHost } from './endpoint';
import { type SecretKey, secretKeySchema } from './secret-key';

/** Where decisions, runs and approvals are kept. */
export type State =
  | {
      readonly kind: 'postgres';
      readonly at: PrivateHost | InClusterService;
      readonly database: string;
      readonly user: string;
      readonly password: SecretKey;
      readonly spool?: true;
    }
  | { readonly kind: 'bundled'; readonly size: string };

/** Makes {@link State}s. */
export const State = {
  /**
   * A PostgreSQL 15+ server that the team runs, over TLS.
   * @param props.database of this environment alone
   * @param props.user a role that owns the database, and may create roles or was granted `firepit_writer_<database>`,
   * `firepit_reader_<database>` and `firepit_eraser_<database>`; another one for each environment @default 'firepit'
   * @param props.spool a second place for denials and outcomes on each governor's node, 32 MiB, emptied into the
   * database when it is back; what lets a call through is recorded in the database alone @default - none: while the
   * database is away denials are not on record, and answers are withheld
   */
  postgres: (
    at: PrivateHost | InClusterService,
    props: {
      readonly database: string;
      readonly password: SecretKey;
      readonly user?: string;
      readonly spool?: true;
    },
  ): State => ({ ...props, kind: 'postgres', at, user: props.user ?? 'firepit' }),
  /**
   * One PostgreSQL pod in `E-control`, for environments without writing, destructive or external operations.
   * @param props.size of its volume @default '8Gi'
   */
  bundled: (props: { readonly size?: string } = {}): State => ({ kind: 'bundled', size: props.size ?? '8Gi' }),
} as const;

/** PostgreSQL's names have 63 bytes; a database's is part of those of its roles. */
const identifier = (most: number) =>
  text(new RegExp(`^[a-z_][a-z0-9_]{0,${most - 1}}$`), {
    expected: `a PostgreSQL identifier of at most ${most} characters`,
    fix: 'use lower-case letters, digits and _',
  });

export const stateSchema: z.ZodType<State> = made(
  z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('postgres'),
      at: internalEndpointSchema,
      database: identifier(48),
      user: identifier(63),
      password: secretKeySchema,
      spool: says(z.literal(true), { expected: 'true', fix: 'write spool: true, or leave it out' }).optional(),
    }),
    z.strictObject({
      kind: z.literal('bundled'),
      size: text(/^[1-9][0-9]*(Mi|Gi|Ti)$/, { expected: 'a Kubernetes quantity such as 8Gi', fix: 'write 8Gi' }),
    }),
  ]) as unknown as z.ZodType<State>,
  'where state is kept',
  'State.postgres(at, { database, password }) or State.bundled()',
);
