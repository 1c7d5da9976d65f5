import { z } from 'zod';
import { type Duration, durationSchema } from './duration';
import type { Reach, Taint } from './operation';

/** A measure over what a run did so far, with its threshold. The window is mandatory, at most 24 hours. */
export type SequenceCondition<O extends string = string> =
  | { readonly kind: 'countOver'; readonly operation: O; readonly over: number; readonly within: Duration }
  | {
      readonly kind: 'sumOver';
      readonly operation: O;
      readonly argument: string;
      readonly over: number;
      readonly within: Duration;
    };

/** A rule over the order of what a run does. Broken ⇒ denied. */
export type SequenceRule<O extends string = string> =
  | { readonly kind: 'atMost'; readonly times: number; readonly operation: O; readonly per: Duration }
  | { readonly kind: 'neverBefore'; readonly taint: Taint; readonly before: Reach }
  | { readonly kind: 'onlyAfter'; readonly operation: O; readonly after: O; readonly within: Duration };

interface Over<C> {
  over(threshold: number): { within(window: Duration): C };
}

/** Makes {@link SequenceRule}s and {@link SequenceCondition}s. */
export const Sequence = {
  /** At most so many calls of an operation per sliding window. */
  atMost: <const O extends string>(times: number, operation: O, per: Duration): SequenceRule<O> => ({
    kind: 'atMost',
    times,
    operation,
    per,
  }),
  /** Once data of that taint was read, nothing of that reach is called any more: `never(Taint.SENSITIVE).before(Reach.EXTERNAL)`. */
  never: (taint: Taint): { before(reach: Reach): SequenceRule<never> } => ({
    before: (reach) => ({ kind: 'neverBefore', taint, before: reach }),
  }),
  /** An operation that needs another one, successful, before it. */
  only: <const O extends string>(
    operation: O,
  ): { after<const P extends string>(after: P, within: Duration): SequenceRule<O | P> } => ({
    after: (after, within) => ({ kind: 'onlyAfter', operation, after, within }),
  }),
  /** The number of calls of an operation. */
  count: <const O extends string>(operation: O): Over<SequenceCondition<O>> => ({
    over: (over) => ({ within: (within) => ({ kind: 'countOver', operation, over, within }) }),
  }),
  /** The sum of a numeric argument over the calls of an operation. */
  sum: <const O extends string>(operation: O, argument: string): Over<SequenceCondition<O>> => ({
    over: (over) => ({ within: (within) => ({ kind: 'sumOver', operation, argument, over, within }) }),
  }),
} as const;

/** When a person must be asked. */
export type ApprovalRule<O extends string = string> =
  | { readonly kind: 'operation'; readonly operation: O }
  | { readonly kind: 'when'; readonly condition: SequenceCondition<O> };

/** Makes {@link ApprovalRule}s. */
export const Approval = {
  /** Every call of an operation. */
  of: <const O extends string>(operation: O): ApprovalRule<O> => ({ kind: 'operation', operation }),
  /** Calls that would bring a measure over its threshold. */
  when: <const O extends string>(condition: SequenceCondition<O>): ApprovalRule<O> => ({ kind: 'when', condition }),
} as const;

const window = durationSchema(1, 86400);
const operation = z.string();
const times = z.int().min(1).max(1_000_000);
const conditionSchema: z.ZodType<SequenceCondition> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('countOver'), operation, over: z.int().min(0).max(1_000_000), within: window }),
  z.strictObject({
    kind: z.literal('sumOver'),
    operation,
    argument: z.string(),
    over: z.number().min(0),
    within: window,
  }),
]);
export const sequenceRuleSchema: z.ZodType<SequenceRule> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('atMost'), times, operation, per: window }),
  z.strictObject({
    kind: z.literal('neverBefore'),
    taint: z.enum(['untrusted', 'sensitive']),
    before: z.enum(['internal', 'external']),
  }),
  z.strictObject({ kind: z.literal('onlyAfter'), operation, after: operation, within: window }),
]);
export const approvalRuleSchema: z.ZodType<ApprovalRule> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('operation'), operation }),
  z.strictObject({ kind: z.literal('when'), condition: conditionSchema }),
]);
