import { expect, test } from '@jest/globals';
import { ruleFacts, ruleText, threatFacts, threatText } from '../../cli/explain-bar';
import { RULES, THREATS } from '../../lib/minimum-bar';

test('a rule says what it checks, why, how to fix it, and what it stands against', () => {
  for (const rule of RULES) {
    const text = ruleText(ruleFacts(rule));
    for (const part of [rule.id, rule.info, rule.explanation, rule.fix]) expect(text).toContain(part);
    expect(ruleFacts(rule).threats).toEqual(THREATS.filter((t) => t.rules.includes(rule.id)).map(({ id }) => id));
  }
});

test('a threat says what stops it, or why nothing does', () => {
  for (const threat of THREATS) {
    const text = threatText(threatFacts(threat));
    for (const part of [threat.attack, ...threat.rules, threat.refusal ?? '', threat.outOfScope ?? ''])
      expect(text).toContain(part);
    expect(text.includes('not stopped')).toBe(threat.outOfScope !== undefined);
  }
});
