import type { EnvironmentDeclaration } from '../lib';
import type { Agent } from '../lib/declaration/agent';
import type { Operation } from '../lib/declaration/operation';
import { operationsOf } from '../lib/declaration/references';

/** What the record must say of a step. */
export interface Expected {
  readonly effect: 'allow' | 'deny' | 'needs_approval';
  /** As in the record: `allowed`, or why not. */
  readonly code: string;
}

export const ALLOWED: Expected = { effect: 'allow', code: 'allowed' };
export const denied = (code: string): Expected => ({ effect: 'deny', code });
export const NEEDS_APPROVAL: Expected = { effect: 'needs_approval', code: 'needs-approval' };

export interface Called {
  readonly operation: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

type Rule = Agent['sequence'][number];
type Condition = Extract<Agent['needsApproval'][number], { kind: 'when' }>['condition'];

interface Scoped {
  readonly scope?: string;
}

/**
 * One run as the declaration reads it, without the code that governs: which calls it lets through, in their order.
 * Windows are not looked at, because a script takes seconds.
 */
export class RunByTheRules {
  private readonly past: Called[] = [];
  private readonly operations: ReadonlyMap<string, Operation>;

  constructor(
    environment: EnvironmentDeclaration,
    private readonly agent: Agent,
    /** What the agent did in this and other runs of the same person: some rules look at all of it. */
    private readonly whole: Called[] = [],
  ) {
    this.operations = new Map(operationsOf(environment));
  }

  /** What becomes of a call with good arguments; one that is let through is part of the past from now on. */
  next(call: Called): Expected {
    if (!(this.agent.tools as readonly string[]).includes(call.operation)) return denied('not-permitted');
    if (this.agent.sequence.some((rule) => this.breaks(rule, call))) return denied('sequence-violated');
    const asks = this.agent.needsApproval.some((rule) =>
      rule.kind === 'operation' ? rule.operation === call.operation : this.exceeds(rule.condition, call),
    );
    if (asks) return NEEDS_APPROVAL;
    this.past.push(call);
    this.whole.push(call);
    return ALLOWED;
  }

  private breaks(rule: Rule, call: Called): boolean {
    const { operation } = call;
    if (rule.kind === 'neverBefore')
      return (
        this.operations.get(operation)?.reach === rule.before &&
        this.past.some((before) => this.operations.get(before.operation)?.returns.includes(rule.taint))
      );
    if (rule.kind === 'deny') return this.exceeds(rule.condition, call);
    if (rule.kind === 'onlyWhen') return rule.condition.operation === operation && !this.follows(rule.condition);
    if (rule.operation !== operation) return false;
    if (rule.kind === 'atMost') return this.count(operation, rule) + 1 > rule.times;
    return this.count(rule.after) === 0;
  }

  private exceeds(condition: Condition, call: Called): boolean {
    if (condition.operation !== call.operation) return false;
    if (condition.kind === 'countOver') return this.count(call.operation, condition) + 1 > condition.over;
    if ('other' in condition) return this.follows(condition);
    const calls = [...this.pastOf(condition).filter(({ operation }) => operation === call.operation), call];
    if (condition.kind === 'distinctOver')
      return new Set(calls.map(({ arguments: a }) => JSON.stringify(a[condition.argument]))).size > condition.over;
    return calls.reduce((sum, { arguments: a }) => sum + Number(a[condition.argument] ?? 0), 0) > condition.over;
  }

  /** Whether the run did before what an order speaks of. */
  private follows(order: Extract<Condition, { other: string }>): boolean {
    const before = this.past.map(({ operation }) => operation);
    const at = before.lastIndexOf(order.other);
    if (at === -1 || order.kind === 'formerly') return at !== -1;
    const since = before.slice(at + 1);
    return order.kind === 'previous' ? since.length === 0 : since.every((one) => order.held.includes(one));
  }

  private pastOf({ scope }: Scoped): readonly Called[] {
    return scope === undefined ? this.past : this.whole;
  }

  private count(operation: string, scoped: Scoped = {}): number {
    return this.pastOf(scoped).filter((before) => before.operation === operation).length;
  }
}
