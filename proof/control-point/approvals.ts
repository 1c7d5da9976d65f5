import type { EnvironmentDeclaration } from '../../lib/declaration';
import type { Result } from '../verdict';

/** Why none of these is tried: `calls/unapproved` shows what a governor does meanwhile. */
const WHY = 'no approvals service runs: the governor takes that for a no, and nobody can say yes';

const CASES: readonly Pick<Result, 'id' | 'what' | 'expect' | 'threats'>[] = [
  {
    id: 'approvals/agreed',
    what: 'a call that waits, and that an approver agreed to, passes once',
    expect: 'allowed',
    threats: ['gate-that-never-opens'],
  },
  {
    id: 'approvals/used-twice',
    what: 'the same call again, on the same approval',
    expect: 'refused',
    threats: ['timeout-that-allows'],
  },
  {
    id: 'approvals/declined',
    what: 'a call that an approver declined',
    expect: 'refused',
    threats: ['timeout-that-allows'],
  },
  {
    id: 'approvals/not-an-approver',
    what: 'a yes of somebody who is no approver, or who asked for it',
    expect: 'refused',
    threats: ['own-approval'],
  },
  {
    id: 'approvals/unanswered',
    what: 'a call that nobody answered by the deadline',
    expect: 'refused',
    threats: ['timeout-that-allows'],
  },
];

/** What only a service where people decide can show. None where no call waits for a person. */
export const approvalsOf = ({ agents }: EnvironmentDeclaration): Result[] =>
  Object.values(agents).every(({ needsApproval }) => needsApproval.length === 0)
    ? []
    : CASES.map((one) => ({
        ...one,
        control: 'Approvals',
        state: 'unproven',
        why: WHY,
        evidence: '',
      }));
