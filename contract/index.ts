export { CONTRACT_VERSION } from './_common';
export { type ApprovalsConfig, approvalsConfig } from './approvals';
export { type ContainmentEntry, containmentEntry } from './containment';
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
export { RUNGS, type WardenConfig, wardenConfig } from './warden';
