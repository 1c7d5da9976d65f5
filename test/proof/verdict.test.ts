import { describe, expect, test } from '@jest/globals';
import type { Answer } from '../../proof/answer';
import { type Case, policy } from '../../proof/case';
import { judge, type State } from '../../proof/verdict';

const tried = (rest: Partial<Case> = {}): Case => ({
  id: 'family/case',
  threats: ['moved-tag'],
  control: policy('agent-pods'),
  what: 'something',
  expect: 'refused',
  attempt: { verb: 'create', object: {} },
  ...rest,
});
const by = (control: string): Answer => ({ kind: 'refused', by: control, words: 'no' });
const ALLOWED: Answer = { kind: 'allowed', words: 'status 201' };
const UNANSWERED: Answer = { kind: 'unanswered', words: 'failed calling webhook' };
const UNASKED: Answer = { kind: 'unasked', words: 'not found' };

describe('what must be refused', () => {
  test.each<[string, Partial<Case>, Answer, State]>([
    ['by the control named', {}, by(policy('agent-pods')), 'proven'],
    ['by one that refuses it as well', { also: [policy('containment')] }, by(policy('containment')), 'proven'],
    ['by another control: the wrong reason', {}, by(policy('models')), 'failed'],
    ['by RBAC, where admission is meant', {}, by('RBAC'), 'failed'],
    ['by validation, where admission is meant', {}, by('API server'), 'failed'],
    ['by nobody', {}, ALLOWED, 'failed'],
    ['only by what comes after the control', {}, by('ImageValidatingPolicy E-images'), 'failed'],
    ['only by a webhook that is away', {}, UNANSWERED, 'failed'],
    ['by the guard, because nothing verifies images', {}, by(policy('signature-check')), 'unproven'],
    [
      'by the guard, and the guard is meant',
      { control: policy('signature-check') },
      by(policy('signature-check')),
      'proven',
    ],
    [
      'by the guard before another guard',
      { control: policy('signed-images') },
      by(policy('signature-check')),
      'unproven',
    ],
    ['by Kyverno, which does not answer', { control: 'ImageValidatingPolicy E-images' }, UNANSWERED, 'unproven'],
    ['but could not be asked', {}, UNASKED, 'unproven'],
  ])('%s', (_what, rest, answer, state) => {
    const result = judge(tried(rest), answer, {});
    expect(result.state).toBe(state);
    expect(result.why === undefined).toBe(state === 'proven');
    expect(result.evidence).toBe(answer.words);
  });
});

describe('what must pass', () => {
  const valid = (rest: Partial<Case> = {}): Case => tried({ expect: 'allowed', ...rest });
  test.each<[string, Partial<Case>, Answer, State]>([
    ['passes', {}, ALLOWED, 'proven'],
    ['passes, and is not what it should be', { holds: () => 'wrong alias' }, ALLOWED, 'failed'],
    ['is refused', {}, by(policy('agent-pods')), 'failed'],
    ['is refused by Kyverno', {}, by('ImageValidatingPolicy E-images'), 'failed'],
    ['is refused while nothing verifies images', {}, by(policy('signature-check')), 'unproven'],
    ['meets a webhook that is away', {}, UNANSWERED, 'unproven'],
    ['could not be asked', {}, UNASKED, 'unproven'],
  ])('%s', (_what, rest, answer, state) => {
    expect(judge(valid(rest), answer, {}).state).toBe(state);
  });
});
