import type { GovernorConfig } from '../../../contract/governor';

type Agents = GovernorConfig['agents'];

const SECOND = 1000;
/** After that long a model's wish explains no call any more: whoever asks for an action means soon. */
const CLAIM_MILLISECONDS = 3_600_000;

/** What the rules of an environment read of the past. */
export interface Needs {
  /** Milliseconds; nothing older is looked at, but what was read in a sequence counts for ever. */
  readonly window: number;
  /** Names of the arguments that rules of this agent add up. */
  arguments(agent: string, operation: string): readonly string[];
}

const windowsOf = ({ sequence, needsApproval }: Agents[string]): number[] => [
  ...sequence.flatMap((rule) => {
    if (rule.kind === 'neverBefore') return [];
    return [rule.kind === 'atMost' ? rule.perSeconds : rule.withinSeconds];
  }),
  ...needsApproval.flatMap((rule) => (rule.kind === 'when' ? [rule.condition.withinSeconds] : [])),
];

/** Reads it from the rules. */
export function needsOf(agents: Agents): Needs {
  const seconds = Object.values(agents).flatMap(windowsOf);
  return {
    window: Math.max(CLAIM_MILLISECONDS, ...seconds.map((s) => s * SECOND)),
    arguments: (agent, operation) => {
      const rules = Object.hasOwn(agents, agent) ? (agents[agent]?.needsApproval ?? []) : [];
      const names = rules.flatMap((rule) =>
        rule.kind === 'when' && rule.condition.kind === 'sumOver' && rule.condition.operation === operation
          ? [rule.condition.argument]
          : [],
      );
      return [...new Set(names)];
    },
  };
}
