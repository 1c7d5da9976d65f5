import type { DecisionEntry, OutcomeEntry } from '../contract';
import type { ScriptedAgent, Seen } from './agent';
import type { Machine } from './machine';
import type { Person, Scenario, Step } from './steps';

/** What became of a step. */
export interface Played {
  readonly step: Step;
  /** What did not come out as the declaration says, in words; none: all did. */
  readonly problems: readonly string[];
}

const STRANGER: Person = { subject: 'stranger', groups: ['nobody-knows-them'] };
const OK = 300;

interface Witness {
  readonly decision: DecisionEntry;
  /** What came of it. @default - nothing is on record */
  readonly outcome?: OutcomeEntry | undefined;
  readonly seen: Seen;
  /** Whether it got to whom it was for. */
  readonly reached: boolean;
}

/** What the record says of a tunnel's end, against what the declaration says. */
const endProblems = ({ ends }: Step, outcome: OutcomeEntry | undefined): string[] => {
  const code = outcome?.why.code ?? 'nothing';
  return ends === undefined || ends === code ? [] : [`its end is recorded as ${code}, expected ${ends}`];
};

/** What the record, the answer and the other side say, against what the declaration says. */
export function problemsOf(step: Step, { decision, outcome, seen, reached }: Witness): string[] {
  const { expected, explained, ends } = step;
  const { effect, code, askedBy, reason } = decision.why;
  const begins = expected.effect === 'allow';
  const passes = begins && ends === undefined;
  const problems = endProblems(step, outcome);
  if (effect !== expected.effect || code !== expected.code)
    problems.push(`recorded as ${effect} (${code}: ${reason}), expected ${expected.effect} (${expected.code})`);
  if (reached !== passes) problems.push(reached ? 'it reached the other side' : 'it did not reach the other side');
  if (passes && seen.status >= OK) problems.push(`answered with status ${seen.status}: ${seen.body.slice(0, 200)}`);
  if (!begins && !seen.body.includes(decision.id))
    problems.push(`the answer (${seen.status}) does not name the decision ${decision.id}`);
  if (explained === true && (askedBy === undefined || askedBy === null))
    problems.push('the record does not name the model turn that asked for it');
  return problems;
}

/** Plays the script on the machine, and looks at what came of each step. */
export class Play {
  constructor(
    private readonly machine: Machine,
    private readonly agents: Readonly<Record<string, ScriptedAgent>>,
    private readonly script: readonly Scenario[],
  ) {}

  /** Every step in order. @param signal ends it early */
  async *steps(signal: AbortSignal): AsyncGenerator<Played> {
    for (const scenario of this.script) {
      if (signal.aborted) return;
      yield* await this.scenario(scenario);
    }
  }

  private async scenario(scenario: Scenario): Promise<Played[]> {
    const agent = this.agents[scenario.agent];
    if (agent === undefined) throw new Error(`no agent ${scenario.agent}`);
    const { asks, steps } = scenario;
    if (asks === undefined) return this.judged(steps, await agent.alone(scenario));
    const token = asks.as === 'nobody' ? undefined : await this.token(scenario.agent, asks.as);
    const index = this.script.indexOf(scenario);
    const seen = await this.machine.front.ask(scenario.agent, asks.trace, token, { scenario: index });
    const first = await this.judge(asks, seen, agent.reached.has(asks.trace));
    return [first, ...(await this.judged(steps, await agent.answers(scenario)))];
  }

  private token(agent: string, as: 'person' | 'stranger'): Promise<string> {
    return this.machine.person(agent, as === 'stranger' ? STRANGER : undefined);
  }

  private judged(steps: readonly Step[], seen: readonly Seen[]): Promise<Played[]> {
    return Promise.all(
      steps.map((step) => {
        const answer = seen.find(({ trace }) => trace === step.trace);
        if (answer === undefined) return { step, problems: ['it was not tried, because the agent was not asked'] };
        return this.judge(step, answer, this.reached(step.trace));
      }),
    );
  }

  /** The other side of an agent is an upstream, or another agent. */
  private reached(trace: string): boolean {
    return (
      this.machine.upstreams.reached(trace) || Object.values(this.agents).some((agent) => agent.reached.has(trace))
    );
  }

  private async judge(step: Step, seen: Seen, reached: boolean): Promise<Played> {
    try {
      const decision = await this.machine.records.decision(step.trace);
      const outcome = this.machine.records.outcome(decision);
      return { step, problems: problemsOf(step, { decision, outcome, seen, reached }) };
    } catch (error) {
      const answered = `answered with status ${seen.status}: ${seen.body.slice(0, 200)}`;
      return { step, problems: [(error as Error).message, answered] };
    }
  }
}
