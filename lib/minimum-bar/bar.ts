import type { EnvironmentDeclaration, Suppression } from '../declaration';
import type { ObjectView } from './object-view';
import { RULES } from './rules';
import { SUPPRESSION_RULE, sift } from './suppress';
import { type Finding, type Manifest, NOT_APPLICABLE, nameOf, type Rule, type SuppressedFinding } from './types';
import { View } from './view';

/** What is judged as a whole: an environment, or the foundation of a cluster. */
export type Judged = 'environment' | 'foundation';

/** What the minimum bar says about one environment, or one foundation. Plain data. */
export interface BarReport {
  readonly kind: Judged;
  /** Its name. */
  readonly environment: string;
  /** What is below the bar. Empty: the environment may be written. */
  readonly findings: readonly Finding[];
  readonly suppressed: readonly SuppressedFinding[];
  /** Ids of rules that judged and found nothing. */
  readonly passed: readonly string[];
  /** Ids of rules whose subject this environment does not have. */
  readonly notApplicable: readonly string[];
}

type Outcome = { readonly rule: { readonly id: string } } & (
  | { readonly kind: 'judged'; readonly findings: readonly Finding[] }
  | { readonly kind: 'not applicable' }
  | { readonly kind: 'crashed'; readonly finding: Finding }
);

const judge = <V extends ObjectView>(rule: Rule<V>, view: V, subject: string): Outcome => {
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
      object: subject,
      path: '',
      problem: `rule ${id} could not judge: treated as failed (${error instanceof Error ? error.message : String(error)})`,
      why: explanation,
      fix: 'correct the object the rule stumbled over; if all of them are valid, report a defect of the rule',
    };
    return { rule, kind: 'crashed', finding };
  }
};

/** What rules are asked about, and how a report names it. */
interface Subject {
  readonly kind: Judged;
  readonly name: string;
  readonly suppressions: readonly Suppression[];
}

/** Asks each rule about what a view shows, and takes out the findings that somebody answers for. */
export function judgeBy<V extends ObjectView>(subject: Subject, view: V, rules: readonly Rule<V>[]): BarReport {
  const outcomes = rules.map((rule) => judge(rule, view, `${subject.kind} ${subject.name}`));
  const found = outcomes.flatMap((o) => (o.kind === 'judged' ? o.findings : o.kind === 'crashed' ? [o.finding] : []));
  const crashed = new Set(outcomes.filter((o) => o.kind === 'crashed').map((o) => o.rule.id));
  const { findings, suppressed } = sift(found, subject.suppressions, crashed, view.now);
  const passed = outcomes.filter((o) => o.kind === 'judged' && o.findings.length === 0).map((o) => o.rule.id);
  return {
    kind: subject.kind,
    environment: subject.name,
    findings,
    suppressed,
    passed: findings.some((f) => f.rule === SUPPRESSION_RULE) ? passed : [...passed, SUPPRESSION_RULE],
    notApplicable: outcomes.filter((o) => o.kind === 'not applicable').map((o) => o.rule.id),
  };
}

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
  const { name, suppressions = [] } = declaration;
  return judgeBy({ kind: 'environment', name, suppressions }, new View(declaration, objects, now), rules);
}
