export { type Agent, Behaviour, Health, Isolation, type Resources } from './agent';
export { Attestation } from './attestation';
export { ApiKey, type Auth, Bearer, NoAuth } from './auth';
export { Scope, type SequenceCondition, type SequenceOrder } from './condition';
export { Duration } from './duration';
export {
  type Endpoint,
  External,
  type ExternalHost,
  InCluster,
  type InClusterService,
  Private,
  type PrivateHost,
} from './endpoint';
export { type EnvironmentDeclaration, environment } from './environment';
export { Exposure, type InClusterExposure } from './exposure';
export { type ForkChanges, fork } from './fork';
export {
  Falco,
  type FalcoDaemonSet,
  type FalcoOperator,
  type FoundationDeclaration,
  foundation,
  type Served,
} from './foundation';
export { Image, ImageLock, type PinnedImage } from './image';
export { HostedModel, type Model } from './model';
export { type Caps, OpaqueHost } from './opaque-host';
export { Argument, Effect, type HttpOperation, Operation, Reach, Route, Taint } from './operation';
export { Peer } from './peer';
export { type Approvals, type Deployer, type IdentityProvider, Owner, type Principal, Users } from './people';
export { type DnsPeer, type KubernetesPlatform, type OpenShiftPlatform, Platform, type PodPeer } from './platform';
export type { Runs } from './run';
export { SecretKey } from './secret-key';
export { type Accelerator, type ModelIntegrity, type ModelServer, SelfHostedModel } from './self-hosted-model';
export { Approval, type ApprovalRule, Sequence, type SequenceRule } from './sequence';
export { type PrivateSigstore, Signer } from './signer';
export { State } from './state';
export { SupplyChain, type Trust } from './supply-chain';
export { Suppression } from './suppression';
export type { Telemetry } from './telemetry';
export { HttpApi, McpServer, type OperationOf, type Tool } from './tool';
export { Workload } from './workload';
