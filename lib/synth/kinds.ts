import { KINDS } from '../k8s';
import { groupOf, type Manifest } from './object';

/** What the writer knows of a kind. */
export interface KindFacts {
  readonly namespaced: boolean;
  readonly rank: number;
}

const cluster = (rank: number): KindFacts => ({ namespaced: false, rank });
const namespaced = (rank: number): KindFacts => ({ namespaced: true, rank });

/** Kinds of Kubernetes that Firepit does not write but users may add, ranked between those of {@link KINDS}. */
const OTHERS: Readonly<Record<string, KindFacts>> = {
  'CustomResourceDefinition/apiextensions.k8s.io': cluster(1),
  'PriorityClass/scheduling.k8s.io': cluster(2),
  'RuntimeClass/node.k8s.io': cluster(2),
  'StorageClass/storage.k8s.io': cluster(2),
  'IngressClass/networking.k8s.io': cluster(2),
  'ClusterRole/rbac.authorization.k8s.io': cluster(20),
  'PersistentVolume/': cluster(35),
  'PersistentVolumeClaim/': namespaced(36),
  'Endpoints/': namespaced(36),
  'EndpointSlice/discovery.k8s.io': namespaced(36),
  'ValidatingWebhookConfiguration/admissionregistration.k8s.io': cluster(45),
  'MutatingWebhookConfiguration/admissionregistration.k8s.io': cluster(45),
  'APIService/apiregistration.k8s.io': cluster(46),
  'Pod/': namespaced(51),
  'ReplicaSet/apps': namespaced(51),
  'HorizontalPodAutoscaler/autoscaling': namespaced(55),
  'Ingress/networking.k8s.io': namespaced(61),
};

const FACTS: ReadonlyMap<string, KindFacts> = new Map([
  ...Object.entries(OTHERS),
  ...Object.entries(KINDS).map(
    ([kind, facts]) => [`${kind}/${facts.apiVersion.split('/').at(-2) ?? ''}`, facts] as const,
  ),
]);

/** Facts of an object's kind, or undefined for a custom resource that Firepit does not write. */
export const factsOf = (object: Manifest): KindFacts | undefined => FACTS.get(`${object.kind}/${groupOf(object)}`);
