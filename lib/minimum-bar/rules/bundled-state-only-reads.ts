import { operationsOf } from '../../declaration/references';
import { NOT_APPLICABLE, type Rule } from '../types';

export const rule: Rule = {
  id: 'bundled-state-only-reads',
  layer: 'identity',
  info: 'An environment whose agents write, destroy or reach outside keeps its state in the bundled database.',
  explanation:
    'the bundled database is one pod without backup: what it forgets is which approvals were used and what an agent already did',
  fix: 'name a database with State.postgres, or let the agents read only',
  check: (view) => {
    if (view.declaration.state.kind !== 'bundled') return NOT_APPLICABLE;
    const operations = operationsOf(view.declaration);
    return Object.entries(view.declaration.agents).flatMap(([name, agent]) =>
      agent.tools
        .filter((reference) => {
          const operation = operations.get(reference);
          return operation?.effect !== 'read' || operation.reach !== 'internal';
        })
        .map((reference) => ({
          object: `agent ${name}`,
          path: 'declaration: state',
          problem: `${reference} does more than an internal read, and the state is bundled`,
        })),
    );
  },
};
