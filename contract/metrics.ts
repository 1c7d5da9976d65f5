/** Prometheus metrics that the services expose, by the names that dashboards and alerts use. */
export const METRICS = {
  /** Counter; labels agent, operation, effect = allow | deny | needs_approval, code. */
  decisions: 'firepit_decisions_total',
  /** Histogram of the time a decision took, in seconds. */
  decisionSeconds: 'firepit_decision_seconds',
  /** Gauge: calls that wait for a person. */
  approvalsPending: 'firepit_approvals_pending',
  /** Counter; label result = approved | denied | expired. */
  approvals: 'firepit_approvals_total',
  /** Gauge: seconds since the last signed checkpoint. */
  checkpointAge: 'firepit_ledger_checkpoint_age_seconds',
  /** Gauge: entries in the signed log. */
  ledgerEntries: 'firepit_ledger_entries',
  /** Gauge per agent: 1 while contained. */
  contained: 'firepit_agent_contained',
  /** Gauge: seconds since the last sign of life of the detector. */
  detectorSilence: 'firepit_detector_silence_seconds',
  /** Counter; label zone = user | model | toolResult. */
  guardHits: 'firepit_guard_hits_total',
  /** Counter of tokens; labels agent, model, direction = input | output. */
  tokens: 'firepit_model_tokens_total',
  /** Counter of spans; label result = exported | refused | failed | overflow, all but the first dropped. */
  spans: 'firepit_telemetry_spans_total',
  /** Counter of definitions that an MCP server showed and that are not those before, or not the pinned ones; label operation. */
  toolChanges: 'firepit_tool_changes_total',
  /** Counter of outcomes that were left out, because another one of their decision was on record first. */
  recordConflicts: 'firepit_record_conflicts_total',
  /** Counter of answers that passed, and whose outcome nobody could keep. */
  lostOutcomes: 'firepit_lost_outcomes_total',
} as const;
