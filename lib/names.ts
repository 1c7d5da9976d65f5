import { createHash } from 'node:crypto';
import { objectName } from './declaration/references';

/** Labels and annotations. Policies select the labels; nothing of meaning is only in an annotation. */
export const LABEL = {
  environment: 'firepit.dev/environment',
  /** On namespaces: `agents` or `control`. */
  governed: 'firepit.dev/governed',
  /** On pods: which part of the environment. */
  component: 'firepit.dev/component',
  /** On agent pods: which agent. */
  agent: 'firepit.dev/agent',
  /** On pods: set ⇒ cut off from everything. Any value counts. */
  quarantine: 'firepit.dev/quarantine',
} as const;

export const ANNOTATION = {
  /** What the object is for, in a sentence. */
  purpose: 'firepit.dev/purpose',
  /** Set to 'true' on every object that uses images of an example lock file. */
  exampleImages: 'firepit.dev/example-images',
  /** Accepted findings, on the environment's Namespace. */
  suppressions: 'firepit.dev/suppressions',
} as const;

/** Parts of the control plane, each a workload in `E-control`. */
export const COMPONENTS = ['gateway', 'governor', 'approvals', 'warden', 'ledger', 'postgres'] as const;
export type Component = (typeof COMPONENTS)[number];

/** TCP ports. One number means one thing in every pod. */
export const PORT = {
  /** TLS: front of the gateway, inbound of a sidecar, pages and APIs of the services. */
  https: 8443,
  /** mTLS: back of the gateway, where sidecars call. */
  back: 9443,
  /** gRPC over mTLS: the governor's decisions. */
  decide: 50051,
  /** Plain HTTP, health only. */
  health: 8081,
  /** Plain HTTP, Prometheus metrics. */
  metrics: 9090,
  /** Loopback: a sidecar's outbound listener, the base URL of models and tools. */
  outbound: 15001,
  /** Loopback: Envoy's admin interface. */
  admin: 9901,
  postgres: 5432,
} as const;

/** Where an agent listens on 127.0.0.1 unless it says otherwise. */
export const DEFAULT_AGENT_PORT = 8080;

/** Where the server of a model of one's own listens on 127.0.0.1 unless it says otherwise. */
export const DEFAULT_MODEL_PORT = 8000;

/** Users of containers where the platform lets us choose; agent and sidecar differ on purpose. */
export const UID = { agent: 10001, sidecar: 10101, model: 10301, control: 10201, postgres: 999 } as const;

/** The namespace outside the environment that holds its Falco rules. */
export const SYSTEM_NAMESPACE = 'firepit-system';
/** Where Falco runs, and the pods that may send alerts. */
export const FALCO_PODS = { 'app.kubernetes.io/name': 'falco' } as const;
/** The webhook configuration that a running Kyverno registers. */
export const KYVERNO_WEBHOOKS = 'kyverno-resource-validating-webhook-cfg';

/** Audience of the token with which a sidecar shows who it is. */
export const audienceOf = (environment: string): string => `firepit-gateway.${environment}`;

/** Fixed names of one environment's objects. */
export interface Names {
  readonly environment: string;
  /** Namespace of the agents. */
  readonly agents: string;
  /** Namespace of what governs them. */
  readonly control: string;
  /** Namespace of the models of one's own, where there are any. */
  readonly models: string;
  /** Name of a cluster-scoped object. */
  cluster(suffix: string): string;
  /** DNS name of a control-plane Service. */
  service(component: Component): string;
  /** DNS name under which the gateway finds an agent's sidecars. */
  agentHost(agent: string): string;
  /** DNS name under which the gateway finds the server of a model of one's own. */
  modelHost(model: string): string;
}

export const namesOf = (environment: string): Names => ({
  environment,
  agents: environment,
  control: `${environment}-control`,
  models: `${environment}-models`,
  cluster: (suffix) => `${environment}-${suffix}`,
  service: (component) => `${component}.${environment}-control.svc`,
  agentHost: (agent) => `${objectName(agent)}.${environment}.svc`,
  modelHost: (model) => `${objectName(model)}.${environment}-models.svc.cluster.local`,
});

/** What the label of an agent says on the pods of a model of one's own. */
export const modelLabel = (model: string): string => `model-${objectName(model)}`;

/** Name of an immutable object that carries its content's digest, in whatever order it is kept: a change is a rollout. */
export const digestName = (name: string, data: Readonly<Record<string, string>>): string =>
  `${name}-${createHash('sha256')
    .update(JSON.stringify(Object.entries(data).sort(byName)))
    .digest('hex')
    .slice(0, 10)}`;
const byName = ([a]: readonly [string, string], [b]: readonly [string, string]): number => (a < b ? -1 : 1);

export { objectName };
