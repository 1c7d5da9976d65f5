import type { Agent, EnvironmentDeclaration } from '../declaration';
import type { Container as ContainerType, PodSpec as PodSpecType, Volume as VolumeType } from '../k8s';
import { LABEL, objectName } from '../names';
import type { Labels } from './selectors';
import type { Manifest } from './types';
import { at, isData, type Loose, labelsOf, list, record } from './values';

export type PodSpec = Loose<PodSpecType>;
export type Container = Loose<ContainerType> & { readonly restartPolicy?: string };
/** Image volumes are newer than the types we build on. */
export type Volume = Loose<VolumeType> & { readonly image?: { readonly reference?: string } };

/** A container of a pod, with where it stands. */
export interface PlacedContainer {
  readonly container: Container;
  readonly path: string;
  readonly role: 'main' | 'init' | 'sidecar' | 'ephemeral';
}

/** Pods that an object makes, whatever its kind. */
export interface PodTemplate {
  readonly owner: Manifest;
  /** Path of the template: `spec.template`. Empty for a Pod. */
  readonly path: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly spec: PodSpec;
  readonly containers: readonly PlacedContainer[];
  /** Path of something in the pod's spec. */
  readonly at: (path: string) => string;
}

const TEMPLATE_PATHS: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  PodTemplate: ['template'],
  Deployment: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  ReplicationController: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
  Sandbox: ['spec', 'podTemplate'],
};

/** Kinds without pods; everything else unknown is searched for pod templates. */
const WITHOUT_PODS = new Set([
  'ConfigMap',
  'Secret',
  'NetworkPolicy',
  'ValidatingAdmissionPolicy',
  'ImageValidatingPolicy',
  'PrometheusRule',
]);

const placed = (spec: PodSpec, prefix: string): readonly PlacedContainer[] => {
  const of = (field: string, role: PlacedContainer['role']): PlacedContainer[] =>
    list(record(spec)[field]).map((value, i) => {
      const container = record(value) as Container;
      return {
        container,
        path: `${prefix}${field}[${i}]`,
        role: role === 'init' && container.restartPolicy === 'Always' ? 'sidecar' : role,
      };
    });
  return [...of('initContainers', 'init'), ...of('containers', 'main'), ...of('ephemeralContainers', 'ephemeral')];
};

const template = (owner: Manifest, path: readonly string[], value: unknown, namespace: string): PodTemplate => {
  const base = path.join('.');
  const prefix = base === '' ? 'spec.' : `${base}.spec.`;
  const spec = record(record(value).spec) as PodSpec;
  const metadata = record(record(value).metadata);
  return {
    owner,
    path: base,
    namespace,
    labels: labelsOf(metadata.labels),
    annotations: labelsOf(metadata.annotations),
    spec,
    containers: placed(spec, prefix),
    at: (inner) => `${prefix}${inner}`,
  };
};

const DEPTH = 8;

/** Paths below which something looks like a pod template: a spec with containers. */
const search = (value: unknown, path: readonly string[]): readonly (readonly string[])[] => {
  if (typeof value !== 'object' || value === null || path.length > DEPTH) return [];
  const here = isData(value) && isData(value.spec) && Array.isArray(value.spec.containers) ? [path] : [];
  return [...here, ...Object.entries(value).flatMap(([key, inner]) => search(inner, [...path, key]))];
};

const read = new WeakMap<Manifest, readonly PodTemplate[]>();

/** Every pod template of an object. Read once: finished objects do not change. */
export function podTemplatesOf(object: Manifest): readonly PodTemplate[] {
  const known = read.get(object);
  if (known !== undefined) return known;
  const found = templatesOf(object);
  read.set(object, found);
  return found;
}

function templatesOf(object: Manifest): readonly PodTemplate[] {
  if (WITHOUT_PODS.has(object.kind)) return [];
  const namespace = object.metadata?.namespace ?? 'default';
  const path = TEMPLATE_PATHS[object.kind];
  const paths = path === undefined ? search(object, []) : [path];
  return paths.map((p) => template(object, p, at(object, ...p), namespace));
}

/** The declared agent whose pod it is, by its label. */
export const agentOf = (
  { agents }: Pick<EnvironmentDeclaration, 'agents'>,
  { labels }: Pick<PodTemplate, 'labels'>,
): [name: string, agent: Agent] | undefined =>
  Object.entries(agents).find(([name]) => objectName(name) === labels[LABEL.agent]);
