import { checkov } from './checkov';
import { ELSEWHERE } from './elsewhere';
import type { Judge } from './judge';
import { kubeScore } from './kube-score';
import { kyverno } from './kyverno';

export { Docket, EXCEPTIONS, exceptions } from './exceptions';
export { type Finding, type Judge, JudgeError, type Subject, type Verdict } from './judge';
export { isolated } from './run';
export { subjectOf } from './subject';

/** Judges that are pinned and always asked. */
export const PINNED: readonly Judge[] = [checkov, kubeScore, kyverno];
/** All of them. */
export const JUDGES: readonly Judge[] = [...PINNED, ...ELSEWHERE];
