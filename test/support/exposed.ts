import { METRICS } from '../../contract';

/** Which part exposes which of the metrics. */
export const EXPOSED = {
  governor: [
    ...[METRICS.decisions, METRICS.decisionSeconds, METRICS.guardHits],
    ...[METRICS.spans, METRICS.tokens, METRICS.toolChanges, METRICS.recordConflicts, METRICS.lostOutcomes],
  ],
  ledger: [METRICS.checkpointAge, METRICS.ledgerEntries, METRICS.spans],
  approvals: [METRICS.approvals, METRICS.approvalsPending],
  warden: [METRICS.contained, METRICS.detectorSilence],
} as const;

/** Names of our own on a page in Prometheus' text format, sorted. */
export const exposed = (page: string): string[] =>
  [...page.matchAll(/^# TYPE (firepit_\w+) /gm)].map(([, name = '']) => name).sort();
