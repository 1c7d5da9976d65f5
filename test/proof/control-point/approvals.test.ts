import { expect, test } from '@jest/globals';
import { THREATS } from '../../../lib/minimum-bar';
import { approvalsOf } from '../../../proof/control-point/approvals';
import { changed, desk } from '../../support/desk';

test('what only a service of people could show is unproven, and told case by case', () => {
  const results = approvalsOf(desk());
  expect(results.map(({ id }) => id)).toEqual(
    ['agreed', 'used-twice', 'declined', 'not-an-approver', 'unanswered'].map((id) => `approvals/${id}`),
  );
  for (const result of results) expect(result).toMatchObject({ state: 'unproven', control: 'Approvals' });
  const known = THREATS.map(({ id }) => id);
  expect(results.flatMap(({ threats }) => threats).filter((id) => !known.includes(id))).toEqual([]);
});

test('none where no call waits for a person', () => {
  const declared = changed((draft) => {
    draft.agents.triage.needsApproval = [];
    draft.agents.triage.tools = ['tickets.search'];
    draft.agents.triage.sequence = [];
  });
  expect(approvalsOf(declared)).toEqual([]);
});
