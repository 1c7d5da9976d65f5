import { RE2JS } from 're2js';
import { z } from 'zod';
import { checked, type Expectation, explained, list, made, says, text, whole } from './_check';

/** What an operation does to the world. */
export const Effect = { READ: 'read', WRITE: 'write', DESTRUCTIVE: 'destructive' } as const;
export type Effect = (typeof Effect)[keyof typeof Effect];

/** Whether an operation's effect, or what it sends, leaves the organisation. */
export const Reach = { INTERNAL: 'internal', EXTERNAL: 'external' } as const;
export type Reach = (typeof Reach)[keyof typeof Reach];

/** What may be in the result of an operation: text that strangers wrote, or data that must not leave. */
export const Taint = { UNTRUSTED: 'untrusted', SENSITIVE: 'sensitive' } as const;
export type Taint = (typeof Taint)[keyof typeof Taint];

/** What one argument of an operation may be. */
export type Argument =
  | { readonly kind: 'matches'; readonly pattern: string; readonly maxLength: number; readonly optional?: boolean }
  | { readonly kind: 'text'; readonly maxLength: number; readonly optional?: boolean }
  | { readonly kind: 'number'; readonly min: number; readonly max: number; readonly optional?: boolean }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number; readonly optional?: boolean }
  | { readonly kind: 'boolean'; readonly optional?: boolean }
  | { readonly kind: 'oneOf'; readonly values: readonly string[]; readonly optional?: boolean };

/** Makes {@link Argument}s. */
export const Argument = {
  /** A string that matches an RE2 pattern, anchored at both ends. @param props.maxLength characters @default 256 */
  matches: (pattern: string, props: { readonly maxLength?: number } = {}): Argument => ({
    kind: 'matches',
    pattern,
    maxLength: props.maxLength ?? 256,
  }),
  /** Free text. */
  text: (props: { readonly maxLength: number }): Argument => ({ ...props, kind: 'text' }),
  /** A number between two bounds, both allowed. */
  number: (props: { readonly min: number; readonly max: number }): Argument => ({ ...props, kind: 'number' }),
  /** A whole number between two bounds, both allowed. */
  integer: (props: { readonly min: number; readonly max: number }): Argument => ({ ...props, kind: 'integer' }),
  /** True or false. */
  boolean: (): Argument => ({ kind: 'boolean' }),
  /** One of these words. */
  oneOf: (...values: readonly string[]): Argument => ({ kind: 'oneOf', values }),
  /** An argument that may be left out. */
  optional: (argument: Argument): Argument => ({ ...argument, optional: true }),
} as const;

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Method and path of an operation of an HTTP API; `{name}` segments are arguments. */
export interface Route {
  readonly method: HttpMethod;
  readonly path: `/${string}`;
}

/** Makes {@link Route}s. */
export const Route = {
  /** `GET`; parts in braces are arguments: `/v1/customers/{id}`. */
  get: (path: `/${string}`): Route => ({ method: 'GET', path }),
  /** `POST` */
  post: (path: `/${string}`): Route => ({ method: 'POST', path }),
  /** `PUT` */
  put: (path: `/${string}`): Route => ({ method: 'PUT', path }),
  /** `PATCH` */
  patch: (path: `/${string}`): Route => ({ method: 'PATCH', path }),
  /** `DELETE` */
  delete: (path: `/${string}`): Route => ({ method: 'DELETE', path }),
} as const;

/** `sha256:` and 64 hexadecimal digits. */
export type Digest = `sha256:${string}`;

interface OperationProps {
  /** @default Reach.INTERNAL */
  readonly reach?: Reach;
  /** Taint of what it returns. @default - none */
  readonly returns?: readonly Taint[];
  /** @default - any for internal reads, none for everything else */
  readonly arguments?: Readonly<Record<string, Argument>>;
  /**
   * Digest of what an MCP server says of this operation in `tools/list`: name, description, schemas, all of it, as
   * canonical JSON (RFC 8785). While the server shows anything else, nobody sees the list and nobody calls the operation.
   * The audit log has the digest of whatever was shown. @default - any; a change is on record and raises an alarm
   */
  readonly manifest?: Digest;
}

/** One callable of a tool. */
export interface Operation {
  readonly effect: Effect;
  readonly reach: Reach;
  readonly returns: readonly Taint[];
  readonly arguments?: Readonly<Record<string, Argument>>;
  /** Of an MCP server alone. */
  readonly manifest?: Digest;
}
/** An operation of an HTTP API. */
export interface HttpOperation extends Omit<Operation, 'manifest'> {
  readonly route: Route;
}

type Made<P> = P extends { readonly route: Route } ? HttpOperation : Operation;
const make =
  (effect: Effect) =>
  <P extends OperationProps & { readonly route?: Route }>(props?: P): Made<P> =>
    ({ reach: Reach.INTERNAL, returns: [], ...props, effect }) as unknown as Made<P>;

/** Makes {@link Operation}s; with a `route` those of an HTTP API. */
export const Operation = {
  /** It changes nothing. */
  read: make(Effect.READ),
  /** It changes something, and that can be taken back. */
  write: make(Effect.WRITE),
  /** What it does cannot be taken back. */
  destructive: make(Effect.DESTRUCTIVE),
} as const;

const PATTERN: Expectation = {
  expected: 'an RE2 pattern: no look-around, no back-reference, no possessive quantifier',
  fix: "write it as '^[A-Z]-[0-9]+$'",
};
const re2Problem = (value: string): Expectation | undefined => {
  if (value.length > 512) return { expected: 'an RE2 pattern of at most 512 characters', fix: 'shorten it' };
  try {
    RE2JS.compile(value);
    return undefined;
  } catch (error) {
    const why = (error as Error).message.replace('error parsing regexp: ', '');
    return {
      ...PATTERN,
      fix: `${why}; https://github.com/google/re2/wiki/Syntax lists what there is`,
    };
  }
};
const pattern = explained(z.string(), re2Problem, PATTERN);

const optional = { optional: z.literal(true).optional() };
const maxLength = whole(1, 65536);
const bound = z.number();
const wholeBound = whole(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
const argumentSchema: z.ZodType<Argument> = made(
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('matches'), pattern, maxLength, ...optional }),
    z.strictObject({ kind: z.literal('text'), maxLength, ...optional }),
    z.strictObject({ kind: z.literal('number'), min: bound, max: bound, ...optional }),
    z.strictObject({ kind: z.literal('integer'), min: wholeBound, max: wholeBound, ...optional }),
    z.strictObject({ kind: z.literal('boolean'), ...optional }),
    z.strictObject({
      kind: z.literal('oneOf'),
      values: list(
        text(/^[^\p{C}]{1,256}$/u, {
          expected: 'text of 1 to 256 characters',
          fix: 'write the value as the tool takes it',
        }),
        { min: 1, max: 256 },
        'the values allowed',
      ),
      ...optional,
    }),
  ]),
  'an argument',
  "Argument.matches('^T-[0-9]+$'), Argument.text({ maxLength }), Argument.number({ min, max }), Argument.integer({ min, max }), Argument.boolean() or Argument.oneOf(…)",
);

const argumentName = text(/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/, {
  expected: "an ASCII identifier of at most 64 characters: letters, digits, '_' and '-'",
  fix: 'use the name the tool uses',
});
const base = {
  effect: z.enum(['read', 'write', 'destructive']),
  reach: z.enum(['internal', 'external']),
  returns: list(
    z.enum(['untrusted', 'sensitive']),
    { max: 2 },
    'what results may carry: Taint.UNTRUSTED, Taint.SENSITIVE',
  ),
  arguments: says(z.record(argumentName, argumentSchema), {
    expected: 'arguments by name',
    fix: "write it as { ticket: Argument.matches('^T-[0-9]+$') }",
  }).optional(),
};

const manifest = text(/^sha256:[a-f0-9]{64}$/, {
  expected: "the digest of the tool's definition: 'sha256:' and 64 hexadecimal digits",
  fix: 'copy the one that `firepit audit tail` shows once the server was asked for tools/list',
}) as unknown as z.ZodType<Digest>;

/** Operations of an MCP server: no route, the key is the tool's name on the wire. */
export const operationSchema: z.ZodType<Operation> = made(
  z.strictObject({ ...base, manifest: manifest.optional() }),
  'an operation',
  'Operation.read(…), Operation.write(…) or Operation.destructive(…)',
);

const segment = String.raw`([A-Za-z0-9._~-]+|\{[A-Za-z_][A-Za-z0-9_-]*\})`;
const route = made(
  z.strictObject({
    method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']),
    path: checked(
      z.string(),
      (path) => path.length <= 512 && new RegExp(`^((/${segment})+|/)$`).test(path) && !/\/\.{1,2}(\/|$)/.test(path),
      {
        expected: 'an absolute path whose variable segments are {argument}s',
        fix: 'write it as /v1/customers/{id}, without query string, wildcard, dot segments or encoded characters',
      },
    ) as unknown as z.ZodType<`/${string}`>,
  }),
  'a route',
  "Route.get('/v1/customers/{id}'), Route.post(…), Route.put(…), Route.patch(…) or Route.delete(…)",
);
/** Operations of an HTTP API. */
export const httpOperationSchema: z.ZodType<HttpOperation> = made(
  z.strictObject({ ...base, route }),
  'an operation with its route',
  'Operation.read({ route }), Operation.write({ route }) or Operation.destructive({ route })',
);
