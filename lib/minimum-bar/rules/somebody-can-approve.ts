import type { Agent } from '../../declaration';
import { NOT_APPLICABLE, type Problem, type Rule } from '../types';
import type { View } from '../view';

const isUser = (principal: string): boolean => principal.startsWith('user:');

/** Requesters for whom too few others are left; only certain where everybody is named one by one. */
const alone = (view: View, name: string, agent: Agent): Problem[] => {
  const { approvers, quorum = 1 } = view.declaration.approvals;
  if (!approvers.every(isUser)) return [];
  return agent.mayAsk
    .filter(isUser)
    .filter((asker) => approvers.filter((a) => a !== asker).length < quorum)
    .map((asker) => ({
      object: `agent ${name}`,
      path: 'declaration: approvals.approvers',
      problem: `when ${asker} asks, fewer than ${quorum} others may approve: everything that needs it runs out`,
    }));
};

export const rule: Rule = {
  id: 'somebody-can-approve',
  layer: 'people',
  info: 'Calls need an approval that nobody can give.',
  explanation:
    'a gate that never opens is taken out at the first deadline; nobody approves their own, so there must be somebody else',
  fix: 'name approvers, at least as many as the quorum beside the one who asks',
  check: (view) => {
    const { approvers, quorum = 1 } = view.declaration.approvals;
    const asking = Object.entries(view.declaration.agents).filter(([, a]) => a.needsApproval.length > 0);
    if (asking.length === 0) return NOT_APPLICABLE;
    if (approvers.length === 0)
      return asking.map(([name]) => ({
        object: `agent ${name}`,
        path: 'declaration: approvals.approvers',
        problem: 'calls need an approval, and there are no approvers',
      }));
    if (approvers.every(isUser) && approvers.length < quorum)
      return [
        {
          object: `environment ${view.names.environment}`,
          path: 'declaration: approvals.quorum',
          problem: `${quorum} people must agree, and ${approvers.length} are named`,
        },
      ];
    return asking.flatMap(([name, agent]) => alone(view, name, agent));
  },
};
