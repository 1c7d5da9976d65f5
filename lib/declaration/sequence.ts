import { z } from 'zod';
import { made, whole } from './_check';
import {
  conditionSchema,
  operation,
  orderSchema,
  type Scope,
  type SequenceCondition,
  type SequenceOrder,
  scope,
  window,
} from './condition';
import type { Duration } from './duration';
import type { Reach, Taint } from './operation';

/** A rule over the order of what a run does. Broken ⇒ denied. */
export type SequenceRule<O extends string = string> =
  | {
      readonly kind: 'atMost';
      readonly times: number;
      readonly operation: O;
      readonly per: Duration;
      readonly scope?: Scope;
    }
  | { readonly kind: 'neverBefore'; readonly taint: Taint; readonly before: Reach }
  | { readonly kind: 'onlyAfter'; readonly operation: O; readonly after: O; readonly within: Duration }
  | { readonly kind: 'onlyWhen'; readonly condition: SequenceOrder<O> }
  | { readonly kind: 'deny'; readonly condition: SequenceCondition<O> };

interface Only<O extends string> {
  /** It was called, and succeeded, within the window. */
  after<const P extends string>(other: P, within: Duration): SequenceRule<O | P>;
  /** It is the last thing that the run did, and succeeded. */
  previous<const P extends string>(other: P, within: Duration): SequenceRule<O | P>;
  /** It succeeded within the window, and from then on nothing but the held operations was called. */
  since<const P extends string, const Q extends string>(
    other: P,
    held: readonly Q[],
    within: Duration,
  ): SequenceRule<O | P | Q>;
}

interface Call<O extends string> {
  /** It was called within the window. */
  formerly<const P extends string>(other: P, within: Duration): SequenceCondition<O | P>;
  /** It is what was called last. */
  previous<const P extends string>(other: P, within: Duration): SequenceCondition<O | P>;
  /** It was called within the window, and from then on nothing but the held operations. */
  since<const P extends string, const Q extends string>(
    other: P,
    held: readonly Q[],
    within: Duration,
  ): SequenceCondition<O | P | Q>;
}

interface Over<C> {
  /** @param scope of `within`: @default - the run */
  over(threshold: number): { within(window: Duration, scope?: Scope): C };
}

const scoped = (scope: Scope | undefined): { readonly scope?: Scope } => (scope === undefined ? {} : { scope });

/** Makes {@link SequenceRule}s and {@link SequenceCondition}s. */
export const Sequence = {
  /** At most so many calls of an operation per sliding window. @param scope @default - the run */
  atMost: <const O extends string>(times: number, operation: O, per: Duration, scope?: Scope): SequenceRule<O> => ({
    kind: 'atMost',
    times,
    operation,
    per,
    ...scoped(scope),
  }),
  /** Once data of that taint was read, nothing of that reach is called any more: `never(Taint.SENSITIVE).before(Reach.EXTERNAL)`. */
  never: (
    taint: Taint,
  ): {
    /** Nothing of that reach any more. @param reach what is no longer called */
    before(reach: Reach): SequenceRule<never>;
  } => ({
    before: (reach) => ({ kind: 'neverBefore', taint, before: reach }),
  }),
  /** An operation that needs something before it, successful. */
  only: <const O extends string>(operation: O): Only<O> => ({
    after: (after, within) => ({ kind: 'onlyAfter', operation, after, within }),
    previous: (other, within) => ({ kind: 'onlyWhen', condition: { kind: 'previous', operation, other, within } }),
    since: (other, held, within) => ({
      kind: 'onlyWhen',
      condition: { kind: 'since', operation, other, held, within },
    }),
  }),
  /** Calls for which a condition holds are denied. */
  deny: <const O extends string>(condition: SequenceCondition<O>): SequenceRule<O> => ({ kind: 'deny', condition }),
  /** Calls of an operation after another one, from that one's request on, whatever came of it. */
  call: <const O extends string>(operation: O): Call<O> => ({
    formerly: (other, within) => ({ kind: 'formerly', operation, other, within }),
    previous: (other, within) => ({ kind: 'previous', operation, other, within }),
    since: (other, held, within) => ({ kind: 'since', operation, other, held, within }),
  }),
  /** The number of calls of an operation. */
  count: <const O extends string>(operation: O): Over<SequenceCondition<O>> => ({
    over: (over) => ({ within: (within, scope) => ({ kind: 'countOver', operation, over, within, ...scoped(scope) }) }),
  }),
  /** The sum of a numeric argument over the calls of an operation. */
  sum: <const O extends string>(operation: O, argument: string): Over<SequenceCondition<O>> => ({
    over: (over) => ({
      within: (within, scope) => ({ kind: 'sumOver', operation, argument, over, within, ...scoped(scope) }),
    }),
  }),
  /** The number of different values of an argument over the calls of an operation. */
  distinct: <const O extends string>(operation: O, argument: string): Over<SequenceCondition<O>> => ({
    over: (over) => ({
      within: (within, scope) => ({ kind: 'distinctOver', operation, argument, over, within, ...scoped(scope) }),
    }),
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
  /** Calls for which a condition holds, such as those that would bring a measure over its threshold. */
  when: <const O extends string>(condition: SequenceCondition<O>): ApprovalRule<O> => ({ kind: 'when', condition }),
} as const;

export const sequenceRuleSchema: z.ZodType<SequenceRule> = made(
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('atMost'), times: whole(1, 1_000_000), operation, per: window, scope }),
    z.strictObject({
      kind: z.literal('neverBefore'),
      taint: z.enum(['untrusted', 'sensitive']),
      before: z.enum(['internal', 'external']),
    }),
    z.strictObject({ kind: z.literal('onlyAfter'), operation, after: operation, within: window }),
    z.strictObject({ kind: z.literal('onlyWhen'), condition: orderSchema }),
    z.strictObject({ kind: z.literal('deny'), condition: conditionSchema }),
  ]),
  'a rule over the order of calls',
  'Sequence.atMost(times, operation, per), Sequence.never(taint).before(reach), Sequence.only(operation).after(other, within) or Sequence.deny(condition)',
);
export const approvalRuleSchema: z.ZodType<ApprovalRule> = made(
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('operation'), operation }),
    z.strictObject({ kind: z.literal('when'), condition: conditionSchema }),
  ]),
  'a rule when a person is asked',
  'Approval.of(operation) or Approval.when(condition)',
);
