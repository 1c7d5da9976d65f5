import type { GovernorConfig } from '../../../contract/governor';
import { Denial } from '../denial';
import { type Direction, Guard } from '../guard/guard';
import type { Passage } from '../parse/request';
import type { Decision, Outcome, Recorder } from '../record';
import type { Log } from './log';
import type { Metrics } from './metrics';

/** Stands for every name that is not declared: whoever makes names up makes no labels. */
const UNDECLARED = 'undeclared';

/** Names that labels and logs may carry: what the declaration has, and the methods around it. */
export const namesOf = ({ agents, models, tools }: GovernorConfig): ReadonlySet<string> =>
  new Set([
    ...Object.keys(agents).map((agent) => `ask:${agent}`),
    ...['stop', 'pause', 'resume'].map((turn) => `run:${turn}`),
    ...Object.entries(models).flatMap(([model, { names }]) => names.map((name) => `infer:${model}/${name}`)),
    ...Object.entries(tools).flatMap(([tool, { operations }]) => Object.keys(operations).map((o) => `${tool}.${o}`)),
  ]);

/** The record, with a line and a count for everything that goes into it. */
export class ObservedRecorder implements Recorder {
  private readonly names: ReadonlySet<string>;
  private readonly models = new Map<string, string>();

  constructor(
    private readonly inner: Recorder,
    config: GovernorConfig,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {
    this.names = namesOf(config);
  }

  async decision(decision: Decision, head: string | undefined): Promise<void> {
    const start = performance.now();
    await this.inner.decision(decision, head);
    const { id, door, agent, action, effect, code } = decision;
    const operation = action !== undefined && this.names.has(action) ? action : UNDECLARED;
    const microseconds = decision.microseconds + Math.round((performance.now() - start) * 1000);
    this.metrics.decisions.inc({ agent: agent ?? '', operation, effect, code: code ?? '' });
    this.metrics.decisionSeconds.observe(microseconds / 1e6);
    if (decision.model !== undefined && operation !== UNDECLARED && effect === 'allow') this.remember(id, operation);
    this.log.line('info', 'decision', {
      decision: id,
      door,
      ...(agent === undefined ? {} : { agent }),
      operation,
      effect,
      ...(code === undefined ? {} : { code }),
      microseconds,
    });
  }

  async outcome(outcome: Outcome): Promise<void> {
    const { decision, agent, status, code, usage, withheld } = outcome;
    const model = this.models.get(decision);
    this.models.delete(decision);
    if (usage !== undefined && model !== undefined)
      for (const direction of ['input', 'output'] as const)
        this.metrics.tokens.inc({ agent, model, direction }, usage[direction]);
    this.log.line(withheld ? 'warn' : 'info', 'outcome', {
      decision,
      agent,
      status,
      ...(code === undefined ? {} : { code }),
    });
    await this.inner.outcome(outcome);
  }

  /** Which model a decision is about, until its outcome. */
  private remember(decision: string, operation: string): void {
    this.models.set(decision, operation.slice('infer:'.length));
    const [oldest] = this.models.keys();
    if (this.models.size > MOST && oldest !== undefined) this.models.delete(oldest);
  }
}
const MOST = 10_000;

/** The guard, with a count of what it finds. */
export class ObservedGuard extends Guard {
  constructor(
    zones: GovernorConfig['guard'],
    private readonly metrics: Metrics,
  ) {
    super(zones);
  }

  override async inspect(passages: readonly Passage[], direction: Direction): Promise<readonly string[]> {
    try {
      const clean = await super.inspect(passages, direction);
      clean.forEach((text, i) => {
        const passage = passages[i];
        if (passage !== undefined && text !== passage.text) this.metrics.guardHits.inc({ zone: passage.zone });
      });
      return clean;
    } catch (error) {
      if (error instanceof Denial && error.code === 'guard-blocked')
        for (const zone of ['user', 'model', 'toolResult'])
          if (error.facts.includes(`guard.${zone}`)) this.metrics.guardHits.inc({ zone });
      throw error;
    }
  }
}
