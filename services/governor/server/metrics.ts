import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { METRICS } from '../../../contract/metrics';

/** Seconds: an ordinary decision takes a few milliseconds, one that waits for people minutes. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600];

/** What a governor counts, by the names of the contract. */
export class Metrics {
  readonly registry = new Registry();
  readonly decisions = new Counter({
    name: METRICS.decisions,
    help: 'Decisions.',
    labelNames: ['agent', 'operation', 'effect', 'code'] as const,
    registers: [this.registry],
  });
  readonly decisionSeconds = new Histogram({
    name: METRICS.decisionSeconds,
    help: 'Time until a decision was on record.',
    buckets: BUCKETS,
    registers: [this.registry],
  });
  readonly guardHits = new Counter({
    name: METRICS.guardHits,
    help: 'Texts in which the guard found something.',
    labelNames: ['zone'] as const,
    registers: [this.registry],
  });
  readonly tokens = new Counter({
    name: METRICS.tokens,
    help: 'Tokens, as models counted them.',
    labelNames: ['agent', 'model', 'direction'] as const,
    registers: [this.registry],
  });
  readonly spans = new Counter({
    name: METRICS.spans,
    help: 'Spans, by what became of them.',
    labelNames: ['result'] as const,
    registers: [this.registry],
  });
  readonly toolChanges = new Counter({
    name: METRICS.toolChanges,
    help: 'Definitions of tools that are not the ones before, or not the pinned ones.',
    labelNames: ['operation'] as const,
    registers: [this.registry],
  });
  readonly recordConflicts = new Counter({
    name: METRICS.recordConflicts,
    help: 'Outcomes that another one of their decision was before.',
    registers: [this.registry],
  });
  readonly lostOutcomes = new Counter({
    name: METRICS.lostOutcomes,
    help: 'Answers that passed, and whose outcome nobody could keep.',
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }
}
