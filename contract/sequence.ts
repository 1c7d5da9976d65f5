import { z } from 'zod';
import { seconds } from './_common';

/** Over what is counted and added up: everything of the agent, or of it for one person. @default - the run */
const scope = z.enum(['agent', 'user']).optional();

/** Rules over the order of a run's actions, as the governor evaluates them. */
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
]);
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
]);
export const approvalRule = z.discriminatedUnion('kind', [
  z.strictObject({ id: z.string(), kind: z.literal('operation'), operation: z.string() }),
  z.strictObject({ id: z.string(), kind: z.literal('when'), condition: sequenceCondition }),
]);
export type SequenceRuleConfig = z.infer<typeof sequenceRule>;
export type ApprovalRuleConfig = z.infer<typeof approvalRule>;
export type SequenceConditionConfig = z.infer<typeof sequenceCondition>;
