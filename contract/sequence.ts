import { z } from 'zod';
import { seconds } from './_common';

/** Over what is counted and added up: everything of the agent, or of it for one person. @default - the run */
const scope = z.enum(['agent', 'user']).optional();

/** What was called last, or what was called and then nothing but what is held. */
const previous = z.strictObject({
  kind: z.literal('previous'),
  operation: z.string(),
  other: z.string(),
  withinSeconds: seconds,
});
const since = z.strictObject({
  kind: z.literal('since'),
  operation: z.string(),
  other: z.string(),
  held: z.array(z.string()).readonly(),
  withinSeconds: seconds,
});

/** What is true of a call of an operation and of what came before it, as the governor evaluates it. */
export const sequenceCondition = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('countOver'),
    operation: z.string(),
    over: z.number(),
    withinSeconds: seconds,
    scope,
  }),
  z.strictObject({
    kind: z.literal('sumOver'),
    operation: z.string(),
    argument: z.string(),
    over: z.number(),
    withinSeconds: seconds,
    scope,
  }),
  z.strictObject({
    kind: z.literal('distinctOver'),
    operation: z.string(),
    argument: z.string(),
    over: z.number(),
    withinSeconds: seconds,
    scope,
  }),
  z.strictObject({
    kind: z.literal('formerly'),
    operation: z.string(),
    other: z.string(),
    withinSeconds: seconds,
  }),
  previous,
  since,
]);
/** Rules over the order of a run's actions: broken ⇒ denied. */
export const sequenceRule = z.discriminatedUnion('kind', [
  z.strictObject({
    id: z.string(),
    kind: z.literal('atMost'),
    times: z.int().min(1),
    operation: z.string(),
    perSeconds: seconds,
    scope,
  }),
  z.strictObject({
    id: z.string(),
    kind: z.literal('neverBefore'),
    taint: z.enum(['untrusted', 'sensitive']),
    before: z.enum(['internal', 'external']),
  }),
  z.strictObject({
    id: z.string(),
    kind: z.literal('onlyAfter'),
    operation: z.string(),
    after: z.string(),
    withinSeconds: seconds,
  }),
  /** Allowed where it holds of what succeeded. */
  z.strictObject({
    id: z.string(),
    kind: z.literal('onlyWhen'),
    condition: z.discriminatedUnion('kind', [previous, since]),
  }),
  /** Denied where it holds of what was asked for. */
  z.strictObject({ id: z.string(), kind: z.literal('deny'), condition: sequenceCondition }),
]);
export const approvalRule = z.discriminatedUnion('kind', [
  z.strictObject({ id: z.string(), kind: z.literal('operation'), operation: z.string() }),
  z.strictObject({ id: z.string(), kind: z.literal('when'), condition: sequenceCondition }),
]);
export type SequenceRuleConfig = z.infer<typeof sequenceRule>;
export type ApprovalRuleConfig = z.infer<typeof approvalRule>;
export type SequenceConditionConfig = z.infer<typeof sequenceCondition>;
