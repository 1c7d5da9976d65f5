import { randomUUID } from 'node:crypto';
import type { GovernorConfig } from '../../../../contract';
import type { Claim } from '../../../../services/governor/explain';
import type { Run } from '../../../../services/governor/identify/runs';
import { type Decision, HeadMoved, type Outcome } from '../../../../services/governor/record';
import type { Event } from '../../../../services/governor/sequence/event';
import { judgeSequence } from '../../../../services/governor/sequence/judge';
import { rulesOf } from '../../../../services/governor/sequence/rules';
import type { Store } from '../../../../services/governor/store';
import { environment } from '../support/environment';

export const ADA = { issuer: 'https://login.example.com', subject: 'ada', groups: ['support'] };
export const START = Date.parse('2026-11-22T12:00:00.000Z');

const desk = environment();
const { triage } = desk.config.agents;

/** What a store is opened with: the support desk, and somebody who pays. */
export const configOf = (name: string): GovernorConfig => ({
  ...desk.config,
  environment: name,
  agents: {
    triage: triage!,
    payer: {
      ...triage!,
      needsApproval: [
        {
          id: 'payer.sum',
          kind: 'when',
          condition: { kind: 'sumOver', operation: 'bank.pay', argument: 'amount', over: 100, withinSeconds: 600 },
        },
      ],
      sequence: [
        { id: 'payer.five', kind: 'atMost', times: 5, operation: 'bank.pay', perSeconds: 3600 },
        { id: 'payer.first', kind: 'onlyAfter', operation: 'bank.close', after: 'bank.read', withinSeconds: 60 },
        { id: 'payer.leak', kind: 'neverBefore', taint: 'sensitive', before: 'external' },
      ],
    },
  },
});

export const run = (change: Partial<Run> = {}): Run => ({
  id: `run-${randomUUID()}`,
  agent: 'payer',
  user: ADA,
  opened: START,
  expires: START + 3_600_000,
  state: 'open',
  ...change,
});

/** An event of `bank.pay`, unless it says otherwise. */
export const event = (call: string, change: Partial<Event> = {}): Event => ({
  at: START,
  call,
  phase: 'request',
  operation: 'bank.pay',
  reach: 'external',
  returns: [],
  arguments: { amount: 1 },
  ...change,
});

/** An allowed call, unless it says otherwise. */
export const decision = (change: Partial<Decision> = {}): Decision => {
  const id = randomUUID();
  return {
    id,
    at: change.event?.at ?? START,
    door: 'back',
    agent: 'payer',
    user: ADA,
    run: undefined,
    protocol: 'mcp',
    method: 'POST',
    path: '/tools/bank/mcp',
    upstream: 'bank',
    action: change.event?.operation ?? 'bank.pay',
    argumentsDigest: undefined,
    bodyDigest: `sha256:${'1'.repeat(64)}`,
    operation: { effect: 'write', reach: change.event?.reach ?? 'external' },
    model: undefined,
    effect: 'allow',
    code: undefined,
    reason: 'policies permit it',
    because: ['payer.call.bank'],
    facts: [],
    guard: [],
    trace: undefined,
    callerSpan: undefined,
    microseconds: 700,
    policyDigest: desk.config.policies.digest,
    claim: undefined,
    event: event(id),
    head: undefined,
    wide: false,
    toolManifest: undefined,
    proposal: undefined,
    approval: undefined,
    ...change,
  };
};

/** It was answered, unless it says otherwise. */
export const outcome = (of: Decision, change: Partial<Outcome> = {}): Outcome => ({
  decision: of.id,
  agent: of.agent ?? '',
  user: of.user,
  run: of.run,
  event: of.event,
  at: of.at + 1,
  phase: 'response',
  status: 200,
  bodyDigest: `sha256:${'2'.repeat(64)}`,
  claims: [],
  withheld: false,
  code: undefined,
  reason: 'the answer passed',
  guard: [],
  ...change,
});

const rules = rulesOf(configOf('any').agents.payer!);

/** A call as a governor judges it, in two moves, so that others can come between. */
export class Judging {
  private constructor(
    private readonly store: Store,
    readonly verdict: Decision | 'denied',
  ) {}

  static async of(
    store: Store,
    { run: of, again, ...change }: { run: string | undefined; again?: boolean } & Partial<Event>,
    claim?: Claim,
  ): Promise<Judging> {
    const past = await store.history.past('payer', of, again ? 'new' : 'found');
    const id = randomUUID();
    const asked = event(id, change);
    const { violated, exceeded } = judgeSequence(rules, past.events, asked);
    const allowed = violated.length === 0 && exceeded.length === 0;
    return new Judging(
      store,
      allowed ? decision({ id, run: of, event: asked, action: asked.operation, head: past.head, claim }) : 'denied',
    );
  }

  async record(): Promise<'allowed' | 'denied' | 'moved'> {
    if (this.verdict === 'denied') return 'denied';
    try {
      await this.store.recorder.decision(this.verdict, this.verdict.head);
      return 'allowed';
    } catch (error) {
      if (error instanceof HeadMoved) return 'moved';
      throw error;
    }
  }
}

/** A call until it is judged on what is there, in a run that is found first, as a governor does. */
export async function call(
  store: Store,
  of: { run: string | undefined } & Partial<Event>,
): Promise<'allowed' | 'denied' | 'unavailable'> {
  if (of.run !== undefined) await store.runs.find(of.run);
  for (let attempt = 0; attempt < 12; attempt++) {
    const said = await (await Judging.of(store, { ...of, again: attempt > 0 })).record();
    if (said !== 'moved') return said;
  }
  return 'unavailable';
}
