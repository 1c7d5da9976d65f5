import type { GovernorConfig } from '../../../contract/governor';
import type { SequenceConditionConfig } from '../../../contract/sequence';

type Agents = GovernorConfig['agents'];
type Rules = Pick<Agents[string], 'sequence' | 'needsApproval'>;

const SECOND = 1000;
/** After that long a model's wish explains no call any more: whoever asks for an action means soon. */
const CLAIM_MILLISECONDS = 3_600_000;

/** What the rules of an environment read of the past. */
export interface Needs {
  /** Milliseconds; nothing older is looked at, but what was read in a sequence counts for ever. */
  readonly window: number;
  /** Names of the arguments that rules add up or tell apart; of any agent, because a run may have several. */
  arguments(operation: string): readonly string[];
}

const conditionsOf = ({ sequence, needsApproval }: Rules): SequenceConditionConfig[] =>
  [...sequence, ...needsApproval].flatMap((rule) => ('condition' in rule ? [rule.condition] : []));

const windowsOf = ({ sequence, needsApproval }: Rules): number[] => [
  ...sequence.flatMap((rule) => {
    if (rule.kind === 'neverBefore' || 'condition' in rule) return [];
    return [rule.kind === 'atMost' ? rule.perSeconds : rule.withinSeconds];
  }),
  ...conditionsOf({ sequence, needsApproval }).map(({ withinSeconds }) => withinSeconds),
];

/** Reads it from the rules. */
export function needsOf(agents: Agents): Needs {
  const seconds = Object.values(agents).flatMap(windowsOf);
  const conditions = Object.values(agents).flatMap(conditionsOf);
  return {
    window: Math.max(CLAIM_MILLISECONDS, ...seconds.map((s) => s * SECOND)),
    arguments: (operation) => {
      const names = conditions.flatMap((condition) =>
        'argument' in condition && condition.operation === operation ? [condition.argument] : [],
      );
      return [...new Set(names)];
    },
  };
}
