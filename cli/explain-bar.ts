import { FOUNDATION_RULES, LAYERS, RULES, type Rule, THREATS, type Threat } from '../lib/minimum-bar';

/** A rule of the minimum bar, as `--json` shows it. */
export const ruleFacts = ({ id, layer, info, explanation, fix }: Omit<Rule, 'check'>) => ({
  kind: 'rule' as const,
  name: id,
  layer,
  wrong: info,
  why: explanation,
  fix,
  threats: THREATS.filter(({ rules }) => rules.includes(id)).map((threat) => threat.id),
});

/** A threat, as `--json` shows it. */
export const threatFacts = ({ id, title, attack, objects, rules, refusal, outOfScope }: Threat) => ({
  kind: 'threat' as const,
  name: id,
  title,
  attack,
  objects,
  rules: rules.map((rule) => ({ id: rule, layer: layerOf(rule) })),
  ...(refusal === undefined ? {} : { refusal }),
  ...(outOfScope === undefined ? {} : { outOfScope }),
});

/** Layer of a rule. */
export const layerOf = (rule: string): keyof typeof LAYERS | undefined =>
  [...RULES, ...FOUNDATION_RULES].find(({ id }) => id === rule)?.layer;

/** What a rule checks, why, and how to keep it. */
export const ruleText = ({ name, layer, wrong, why, fix, threats }: ReturnType<typeof ruleFacts>): string =>
  [
    `rule ${name} (${LAYERS[layer]})`,
    `  speaks when  ${wrong}`,
    `  because      ${why}`,
    `  fix          ${fix}`,
    `  against      ${threats.join(', ') || 'no threat of the table'}`,
  ].join('\n');

/** What a threat is, and what stops it. */
export const threatText = (threat: ReturnType<typeof threatFacts>): string =>
  [
    `threat ${threat.name}: ${threat.title}`,
    `  attack       ${threat.attack}`,
    `  shows in     ${threat.objects.join('; ')}`,
    ...threat.rules.map(({ id }, i) => `  ${i === 0 ? 'rules' : '     '}        ${id}`),
    ...(threat.refusal === undefined ? [] : [`  refused by   ${threat.refusal}`]),
    threat.outOfScope === undefined
      ? '  proof        firepit check --coverage lists what is tried, firepit prove tries it'
      : `  not stopped  ${threat.outOfScope}`,
  ].join('\n');
