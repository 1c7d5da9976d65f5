import type { GovernorConfig } from '../../contract/governor';
import type { DenialAnswer } from './answer';
import { Denial } from './denial';
import type { Run } from './identify/runs';
import type { User } from './identify/user';
import type { Call } from './parse/request';
import type { RunControl } from './store';

export type TurnCall = Extract<Call, { kind: 'turn' }>;

/** What the front may do to runs. */
export type TurnedRuns = Pick<RunControl, 'find' | 'pause' | 'resume' | 'stop'>;

const is = (principal: string, { subject, name = subject, groups }: User): boolean =>
  principal === `user:${name}` || groups.some((group) => principal === `group:${group}`);

/**
 * Whether somebody may turn a run. Whoever it works for and every approver may stop and pause it: both only take rights
 * away. To let it go on is an approver's, and never for the one that it works for.
 */
function mayTurn(by: User, run: Run, turn: TurnCall['turn'], approvers: readonly string[]): boolean {
  const own = run.user.issuer === by.issuer && run.user.subject === by.subject;
  const approver = approvers.some((principal) => is(principal, by));
  return turn === 'resume' ? approver && !own : approver || own;
}

/**
 * Stops, pauses or resumes a run for a person; it holds from the moment of the answer, and is on record with who did it.
 * @param at milliseconds since 1970
 * @returns what the person is told: the run and what it is now
 * @throws Denial when there is no such run, or it is not this person's to turn
 */
export async function turnRun(
  { approvals: { approvers } }: Pick<GovernorConfig, 'approvals'>,
  runs: TurnedRuns,
  { run: id, turn, reason }: TurnCall,
  by: User,
  at: number,
): Promise<DenialAnswer> {
  const run = await runs.find(id);
  // One answer for both: who may not turn a run does not learn whether it is there.
  if (run === undefined || !mayTurn(by, run, turn, approvers))
    throw new Denial('not-permitted', `no run that you may ${turn}`);
  const state = await runs[turn](id, { by: { issuer: by.issuer, subject: by.subject }, reason, at });
  if (state === undefined) throw new Denial('not-permitted', `no run that you may ${turn}`);
  return {
    status: 200,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify({ run: id, state }),
  };
}
