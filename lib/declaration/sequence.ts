import { z } from 'zod';
import { checked, made, says, whole } from './_check';
import { type Duration, durationSchema } from './duration';
import type { Reach, Taint } from './operation';

/** Over what calls are counted and added up. Without it: over the run. */
export const Scope = {
  /** Everything that the agent did, in any run and on its own. */
  AGENT: 'agent',
  /** Everything that the agent did for the person of the run, in any run. */
  USER: 'user',
} as const;
export type Scope = (typeof Scope)[keyof typeof Scope];

/** A measure over what a run did so far, with its threshold. The window is mandatory, at most 24 hours. */
export type SequenceCondition<O extends string = string> =
  | {
      readonly kind: 'countOver';
      readonly operation: O;
      readonly over: number;
      readonly within: Duration;
      readonly scope?: Scope;
    }
  | {
      readonly kind: 'sumOver';
      readonly operation: O;
      readonly argument: string;
      readonly over: number;
      readonly within: Duration;
      readonly scope?: Scope;
    };

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
  | { readonly kind: 'onlyAfter'; readonly operation: O; readonly after: O; readonly within: Duration };

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
    over: (over) => ({ within: (within, scope) => ({ kind: 'countOver', operation, over, within, ...scoped(scope) }) }),
  }),
  /** The sum of a numeric argument over the calls of an operation. */
  sum: <const O extends string>(operation: O, argument: string): Over<SequenceCondition<O>> => ({
    over: (over) => ({
      within: (within, scope) => ({ kind: 'sumOver', operation, argument, over, within, ...scoped(scope) }),
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
  /** Calls that would bring a measure over its threshold. */
  when: <const O extends string>(condition: SequenceCondition<O>): ApprovalRule<O> => ({ kind: 'when', condition }),
} as const;

const window = durationSchema(1, 86400);
const scope = says(z.enum(['agent', 'user']), {
  expected: 'over what is counted',
  fix: 'write Scope.AGENT or Scope.USER, or leave it out',
}).optional();
const operation = says(z.string(), {
  expected: "a declared operation, as '<tool>.<operation>'",
  fix: "write it as 'tickets.reply'",
});
const conditionSchema: z.ZodType<SequenceCondition> = made(
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('countOver'), operation, over: whole(0, 1_000_000), within: window, scope }),
    z.strictObject({
      kind: z.literal('sumOver'),
      operation,
      argument: says(z.string(), { expected: 'the name of a number argument', fix: 'add the name of the argument' }),
      over: checked(z.number(), (value) => value >= 0, {
        expected: 'a finite number, at least 0',
        fix: 'write the sum above which a person is asked',
      }),
      within: window,
      scope,
    }),
  ]),
  'a measure with its threshold and window',
  'Sequence.count(operation).over(5).within(Duration.minutes(10)) or Sequence.sum(operation, argument).over(5).within(…)',
);
export const sequenceRuleSchema: z.ZodType<SequenceRule> = made(
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('atMost'), times: whole(1, 1_000_000), operation, per: window, scope }),
    z.strictObject({
      kind: z.literal('neverBefore'),
      taint: z.enum(['untrusted', 'sensitive']),
      before: z.enum(['internal', 'external']),
    }),
    z.strictObject({ kind: z.literal('onlyAfter'), operation, after: operation, within: window }),
  ]),
  'a rule over the order of calls',
  'Sequence.atMost(times, operation, per), Sequence.never(taint).before(reach) or Sequence.only(operation).after(other, within)',
);
export const approvalRuleSchema: z.ZodType<ApprovalRule> = made(
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('operation'), operation }),
    z.strictObject({ kind: z.literal('when'), condition: conditionSchema }),
  ]),
  'a rule when a person is asked',
  'Approval.of(operation) or Approval.when(condition)',
);
