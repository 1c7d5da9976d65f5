import type { Answer } from './answer';
import { type Case, type Control, policy } from './case';

/** What a case came to. What could not be shown is never green. */
export type State = 'proven' | 'failed' | 'unproven';

/** One line of a proof. */
export interface Result {
  readonly id: string;
  readonly control: Control;
  readonly threats: readonly string[];
  readonly what: string;
  readonly expect: 'refused' | 'allowed';
  readonly on?: string;
  readonly state: State;
  /** Why it is not proven. */
  readonly why?: string;
  /** What was seen: the answer of the API server, or what a probe measured. */
  readonly evidence: string;
  /** Whether a stand-in answered for a service. */
  readonly standIn?: boolean;
}

/** What stands before the signature check where it is not in force: a good reason to refuse, and not the one asked for. */
const GUARDS = /^ValidatingAdmissionPolicy E-(signature-check|signed-.+)$/;

const later = (answer: Answer): boolean =>
  answer.kind === 'unanswered' ||
  (answer.kind === 'refused' && /^(ImageValidatingPolicy|webhook|ResourceQuota)/.test(answer.by));

function judgeRefused({ control, also = [] }: Case, answer: Answer): Pick<Result, 'state' | 'why'> {
  switch (answer.kind) {
    case 'allowed':
      return {
        state: 'failed',
        why: `it was let through${control.startsWith('ImageValidatingPolicy') ? ': Kyverno does not verify images here' : ''}`,
      };
    case 'unasked':
      return { state: 'unproven', why: 'it could not be asked' };
    case 'unanswered':
      return control.startsWith('ImageValidatingPolicy')
        ? { state: 'unproven', why: 'the signature check does not answer' }
        : { state: 'failed', why: `${control} let it through` };
    case 'refused':
      if (answer.by === control || also.includes(answer.by)) return { state: 'proven' };
      if (GUARDS.test(answer.by) && control !== policy('signature-check'))
        return { state: 'unproven', why: 'the signature check is not in force, and that is what was refused' };
      return later(answer) && control.startsWith('ValidatingAdmissionPolicy')
        ? { state: 'failed', why: `${control} let it through; ${answer.by} refused` }
        : { state: 'failed', why: `refused by ${answer.by}, not by ${control}` };
  }
}

function judgeAllowed({ holds }: Case, answer: Answer, body: unknown): Pick<Result, 'state' | 'why'> {
  switch (answer.kind) {
    case 'allowed': {
      const wrong = holds?.(body);
      return wrong === undefined ? { state: 'proven' } : { state: 'failed', why: wrong };
    }
    case 'unasked':
      return { state: 'unproven', why: 'it could not be asked' };
    case 'unanswered':
      return { state: 'unproven', why: 'every policy let it through, and the signature check does not answer' };
    case 'refused':
      if (GUARDS.test(answer.by)) return { state: 'unproven', why: 'the signature check is not in force' };
      return { state: 'failed', why: `refused by ${answer.by}` };
  }
}

/** What an answer shows of a case. */
export function judge(tried: Case, answer: Answer, body: unknown): Result {
  const { id, control, threats, what, expect, on } = tried;
  return {
    id,
    control,
    threats,
    what,
    expect,
    ...(on === undefined ? {} : { on }),
    ...(expect === 'refused' ? judgeRefused(tried, answer) : judgeAllowed(tried, answer, body)),
    evidence: answer.words,
  };
}
