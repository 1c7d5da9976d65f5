import type { Suppression } from '../declaration';
import type { Finding, SuppressedFinding } from './types';

/** Rule id under which the bar judges suppressions themselves. */
export const SUPPRESSION_RULE = 'suppressions-are-current';

/** Whether a suppression still holds: to the end of its last day, UTC. */
const holds = (suppression: Suppression, now: Date): boolean => {
  const end = Date.parse(`${suppression.expires}T23:59:59.999Z`);
  return Number.isFinite(end) && now.getTime() <= end;
};

const refused = (suppression: Suppression, i: number, problem: string, fix: string): Finding => ({
  rule: SUPPRESSION_RULE,
  layer: 'people',
  object: suppression.object,
  path: `declaration: suppressions[${i}]`,
  problem,
  why: 'a suppression that nobody needs or renews hides the next finding of the same rule',
  fix,
});

export interface Sifted {
  readonly findings: readonly Finding[];
  readonly suppressed: readonly SuppressedFinding[];
}

/**
 * Parts findings into those that stand and those somebody answers for. A suppression that expired suppresses nothing
 * and is a finding of its own; so is one that matches nothing.
 * @param crashed rules that could not judge: their findings cannot be suppressed
 */
export function sift(
  findings: readonly Finding[],
  suppressions: readonly Suppression[],
  crashed: ReadonlySet<string>,
  now: Date,
): Sifted {
  const current = suppressions.filter((s) => holds(s, now));
  const used = new Set<Suppression>();
  const standing: Finding[] = [];
  const suppressed: SuppressedFinding[] = [];
  for (const finding of findings) {
    const match = crashed.has(finding.rule)
      ? undefined
      : current.find((s) => s.rule === finding.rule && s.object === finding.object);
    if (match === undefined) standing.push(finding);
    else {
      used.add(match);
      suppressed.push({ ...finding, reason: match.reason, owner: match.owner, expires: match.expires });
    }
  }
  suppressions.forEach((s, i) => {
    if (!current.includes(s))
      standing.push(
        refused(
          s,
          i,
          `the suppression of ${s.rule} expired on ${s.expires}`,
          'fix the finding, or renew it with a new reason',
        ),
      );
    else if (!used.has(s))
      standing.push(refused(s, i, `the suppression of ${s.rule} matches no finding`, 'remove it from the declaration'));
  });
  return { findings: standing, suppressed };
}
