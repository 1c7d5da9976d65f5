import { randomUUID } from 'node:crypto';
import type { DecisionEntry, OutcomeEntry } from '../../../contract';

/** A decision as a governor records it. */
export const decision = (change: Partial<DecisionEntry> = {}): DecisionEntry => ({
  version: 1,
  kind: 'decision',
  id: randomUUID(),
  time: '2026-11-22T12:00:00.000Z',
  environment: 'desk',
  recorder: { part: 'governor', replica: 'governor-0' },
  who: { agent: 'triage', user: { issuer: 'https://login.example.com', subject: 'ada' }, run: 'run-1' },
  what: { operation: 'tickets.close', effect: 'write', reach: 'internal' },
  where: { direction: 'back', upstream: 'tickets.internal.example.com', method: 'POST', path: '/mcp' },
  why: { effect: 'allow', code: 'allowed', reason: 'policy close permits it', policies: ['close'], facts: [] },
  how: { protocol: 'mcp', guard: [], microseconds: 700 },
  ...change,
});

/** What became of a decision. */
export const outcome = (of: DecisionEntry, change: Partial<OutcomeEntry> = {}): OutcomeEntry => ({
  version: 1,
  kind: 'outcome',
  id: randomUUID(),
  time: '2026-11-22T12:00:01.000Z',
  environment: of.environment,
  recorder: of.recorder,
  decision: of.id,
  who: of.who,
  what: { status: 200, withheld: false, taint: ['untrusted'] },
  why: { code: 'answered', reason: 'the upstream answered', facts: [] },
  how: { guard: [], microseconds: 12_000 },
  ...change,
});
