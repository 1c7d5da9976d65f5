import { describe, expect, test } from '@jest/globals';
import { App } from '../../../lib';
import { AgentEnvironment } from '../../../lib/environment';
import { checkBar } from '../../../lib/minimum-bar';
import { desk } from '../../support/desk';
import { Oracle } from '../../support/oracle';
import { ATTACKS } from './attacks';
import { judgeOf } from './judge';

const declaration = desk();
const objects = new AgentEnvironment(new App(), declaration).objects();
const oracle = new Oracle(declaration, objects);
const judge = judgeOf(declaration);

test('before an attack there is neither finding nor hole, and what was declared is admitted', () => {
  expect(checkBar(declaration, objects).findings).toEqual([]);
  expect(oracle.holes(objects)).toEqual([]);
  expect(oracle.refusedByMistake(objects)).toEqual([]);
});

test('attacks have names of their own', () => {
  expect(new Set(ATTACKS.map(({ name }) => name)).size).toBe(ATTACKS.length);
});

describe('each attack is refused, and seen by the oracle', () => {
  test.each(ATTACKS)('$name', ({ attack, unseen }) => {
    const attacked = attack(objects);
    expect(judge.refusal(attacked, '', '')?.problem ?? 'nothing found').not.toMatch(/nothing found|could not judge/);
    if (unseen === undefined) expect(oracle.holes(attacked)).not.toEqual([]);
  });
});
