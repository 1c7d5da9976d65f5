export { type BatchAnalystProps, batchAnalyst } from './batch-analyst';
export { type ClusterFoundationProps, clusterFoundation } from './foundation';
export { type ResearchTeamProps, researchTeam } from './research-team';
export { type SelfHostedModelProps, selfHostedModel } from './self-hosted-model';
export { type SupportDeskProps, supportDesk } from './support-desk';
