import { z } from 'zod';
import { checked, made, says, whole } from './_check';
import { type Duration, durationSchema } from './duration';

/** Over what calls are counted and added up. Without it: over the run. */
export const Scope = {
  /** Everything that the agent did, in any run and on its own. */
  AGENT: 'agent',
  /** Everything that the agent did for the person of the run, in any run. */
  USER: 'user',
} as const;
export type Scope = (typeof Scope)[keyof typeof Scope];

/** A measure over the calls of an operation, this one included, with its threshold. */
interface Measure<O extends string> {
  readonly operation: O;
  readonly over: number;
  readonly within: Duration;
  readonly scope?: Scope;
}

/** What the run did before a call of an operation. */
export type SequenceOrder<O extends string = string> =
  | { readonly kind: 'previous'; readonly operation: O; readonly other: O; readonly within: Duration }
  | {
      readonly kind: 'since';
      readonly operation: O;
      readonly other: O;
      readonly held: readonly O[];
      readonly within: Duration;
    };

/** What is true of a call and of what the run did before it. The window is mandatory, at most 24 hours. */
export type SequenceCondition<O extends string = string> =
  | ({ readonly kind: 'countOver' } & Measure<O>)
  | ({ readonly kind: 'sumOver' | 'distinctOver'; readonly argument: string } & Measure<O>)
  | { readonly kind: 'formerly'; readonly operation: O; readonly other: O; readonly within: Duration }
  | SequenceOrder<O>;

export const window = durationSchema(1, 86400);
export const scope = says(z.enum(['agent', 'user']), {
  expected: 'over what is counted',
  fix: 'write Scope.AGENT or Scope.USER, or leave it out',
}).optional();
export const operation = says(z.string(), {
  expected: "a declared operation, as '<tool>.<operation>'",
  fix: "write it as 'tickets.reply'",
});

const ORDERS = [
  z.strictObject({ kind: z.literal('previous'), operation, other: operation, within: window }),
  z.strictObject({
    kind: z.literal('since'),
    operation,
    other: operation,
    held: says(z.array(operation).max(100), {
      expected: 'the operations that may come in between, at most 100',
      fix: 'write a list; an empty one means nothing in between',
    }),
    within: window,
  }),
] as const;

export const orderSchema: z.ZodType<SequenceOrder> = made(
  z.discriminatedUnion('kind', [...ORDERS]),
  'what comes before a call',
  'Sequence.only(operation).previous(other, within) or Sequence.only(operation).since(other, held, within)',
);
export const conditionSchema: z.ZodType<SequenceCondition> = made(
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('countOver'), operation, over: whole(0, 1_000_000), within: window, scope }),
    z.strictObject({
      kind: z.literal('sumOver'),
      operation,
      argument: says(z.string(), { expected: 'the name of a number argument', fix: 'add the name of the argument' }),
      over: checked(z.number(), (value) => value >= 0, {
        expected: 'a finite number, at least 0',
        fix: 'write the sum above which the condition holds',
      }),
      within: window,
      scope,
    }),
    z.strictObject({
      kind: z.literal('distinctOver'),
      operation,
      argument: says(z.string(), { expected: 'the name of an argument', fix: 'add the name of the argument' }),
      over: whole(0, 1_000_000),
      within: window,
      scope,
    }),
    z.strictObject({ kind: z.literal('formerly'), operation, other: operation, within: window }),
    ...ORDERS,
  ]),
  'a measure with its threshold and window, or an order with its window',
  'Sequence.count(operation).over(5).within(Duration.minutes(10)), Sequence.sum or Sequence.distinct(operation, argument).over(5).within(…), or Sequence.call(operation).formerly(other, within), .previous(other, within) or .since(other, held, within)',
);
