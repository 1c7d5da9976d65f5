import { casesOf } from './cases';
import { MEASURED_THREATS } from './connections';
import { callsOf } from './control-point/calls';
import { RECORD_CASES } from './control-point/records';
import type { Subject } from './subject';

/** What stands against one threat on a cluster. */
export interface Coverage {
  /** Cases that `firepit prove` tries. */
  readonly cases: readonly string[];
  /** Whether connections are measured for it. */
  readonly measured: boolean;
}

/** What `firepit prove` shows of each threat, for environments such as these. */
export function coverageOf(subjects: readonly Subject[]): (threat: string) => Coverage {
  const cases = new Map<string, Set<string>>();
  const calls = subjects.flatMap(({ declaration }) => callsOf(declaration));
  for (const { id, threats } of [...subjects.flatMap(casesOf), ...calls, ...RECORD_CASES])
    for (const threat of threats) cases.set(threat, (cases.get(threat) ?? new Set()).add(id));
  return (threat) => ({
    cases: [...(cases.get(threat) ?? [])].sort(),
    measured: MEASURED_THREATS.includes(threat),
  });
}
