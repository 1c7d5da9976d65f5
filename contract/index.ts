export { VERSIONS_READ } from './_common';
export { type ApprovalsConfig, approvalsConfig } from './approvals';
export { type ContainmentEntry, containmentEntry } from './containment';
export {
  commitment,
  type DecisionEntry,
  type Entry,
  type EventEntry,
  entry,
  MAX_ENTRY_BYTES,
  type OutcomeEntry,
} from './entry';
export { type GovernorConfig, governorConfig } from './governor';
export { type LedgerConfig, ledgerConfig } from './ledger';
export { METRICS } from './metrics';
export { type ModelAllowList, modelAllowList } from './models';
export {
  type ApprovalRuleConfig,
  approvalRule,
  type SequenceConditionConfig,
  type SequenceRuleConfig,
  sequenceCondition,
  sequenceRule,
} from './sequence';
export { CONTRACT_VERSION } from './version';
export { RUNGS, type WardenConfig, wardenConfig } from './warden';
