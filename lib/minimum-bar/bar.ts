import type { EnvironmentDeclaration } from '../declaration';
import { RULES } from './rules';
import { SUPPRESSION_RULE, sift } from './suppress';
import { type Finding, type Manifest, NOT_APPLICABLE, nameOf, type Rule, type SuppressedFinding } from './types';
import { View } from './view';

/** What the minimum bar says about one environment. Plain data. */
export interface BarReport {
  readonly environment: string;
  /** What is below the bar. Empty: the environment may be written. */
  readonly findings: readonly Finding[];
  readonly suppressed: readonly SuppressedFinding[];
  /** Ids of rules that judged and found nothing. */
  readonly passed: readonly string[];
  /** Ids of rules whose subject this environment does not have. */
  readonly notApplicable: readonly string[];
}

type Outcome = { readonly rule: Rule } & (
  | { readonly kind: 'judged'; readonly findings: readonly Finding[] }
  | { readonly kind: 'not applicable' }
  | { readonly kind: 'crashed'; readonly finding: Finding }
);

const judge = (rule: Rule, view: View): Outcome => {
  const { id, layer, explanation, fix } = rule;
  try {
    const verdict = rule.check(view);
    if (verdict === NOT_APPLICABLE) return { rule, kind: 'not applicable' };
    const findings = verdict.map(
      (p): Finding => ({
        rule: id,
        layer,
        object: typeof p.object === 'string' ? p.object : nameOf(p.object),
        path: p.path,
        problem: p.problem,
        why: explanation,
        fix: p.fix ?? fix,
      }),
    );
    return { rule, kind: 'judged', findings };
  } catch (error) {
    const finding: Finding = {
      rule: id,
      layer,
      object: `environment ${view.declaration.name}`,
      path: '',
      problem: `rule ${id} could not judge: treated as failed (${error instanceof Error ? error.message : String(error)})`,
      why: explanation,
      fix: 'correct the object the rule stumbled over; if all of them are valid, report a defect of the rule',
    };
    return { rule, kind: 'crashed', finding };
  }
};

/**
 * Judges the finished objects of one environment. Pure: same objects, declaration and day, same report.
 * @param objects plain `toJson()` of every object of the app, whatever made them. What is read of an object is
 *   remembered by its identity: one that was judged must not be changed and judged again, only copied
 * @param now the day that suppressions are judged by @default - today
 * @param rules @default - every rule of the bar
 */
export function checkBar(
  declaration: EnvironmentDeclaration,
  objects: readonly Manifest[],
  now: Date = new Date(),
  rules: readonly Rule[] = RULES,
): BarReport {
  const view = new View(declaration, objects, now);
  const outcomes = rules.map((rule) => judge(rule, view));
  const found = outcomes.flatMap((o) => (o.kind === 'judged' ? o.findings : o.kind === 'crashed' ? [o.finding] : []));
  const crashed = new Set(outcomes.filter((o) => o.kind === 'crashed').map((o) => o.rule.id));
  const { findings, suppressed } = sift(found, declaration.suppressions ?? [], crashed, now);
  const passed = outcomes.filter((o) => o.kind === 'judged' && o.findings.length === 0).map((o) => o.rule.id);
  return {
    environment: declaration.name,
    findings,
    suppressed,
    passed: findings.some((f) => f.rule === SUPPRESSION_RULE) ? passed : [...passed, SUPPRESSION_RULE],
    notApplicable: outcomes.filter((o) => o.kind === 'not applicable').map((o) => o.rule.id),
  };
}
