import { arr, isObj, labelsOf, metadata, namespaceOf, type Obj, obj, objs, title } from './plain';

/** Something that makes pods, or is one. */
export interface PodSource {
  readonly owner: Obj;
  readonly title: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly metadata: Obj;
  readonly spec: Obj;
}

/** Kinds that hold pod-like data without ever making a pod. */
const INERT = new Set(['CustomResourceDefinition', 'ConfigMap', 'Secret']);

const holdsContainers = (value: Obj): boolean =>
  ['containers', 'initContainers', 'ephemeralContainers'].some((key) => arr(value[key]).length > 0) ||
  ('serviceAccountName' in value && 'volumes' in value);

/**
 * Every pod that the objects lead to, whatever their kind: anything that holds a list of containers counts, so that a
 * kind nobody has heard of is no hiding place.
 */
export const podsOf = (objects: readonly Obj[]): PodSource[] => objects.flatMap((object) => fromObject(object));

const known = new WeakMap<Obj, PodSource[]>();
const fromObject = (object: Obj): PodSource[] => {
  const before = known.get(object);
  if (before !== undefined) return before;
  const out: PodSource[] = [];
  if (!INERT.has(String(object.kind))) search(object, object, object.kind === 'Pod' ? metadata(object) : {}, out);
  known.set(object, out);
  return out;
};

const search = (owner: Obj, value: unknown, meta: Obj, out: PodSource[]): void => {
  if (Array.isArray(value)) {
    for (const item of value) search(owner, item, {}, out);
    return;
  }
  if (!isObj(value)) return;
  if (holdsContainers(value)) {
    out.push({
      owner,
      title: title(owner),
      namespace: namespaceOf(owner),
      labels: labelsOf(meta.labels),
      metadata: meta,
      spec: value,
    });
    return;
  }
  for (const [key, child] of Object.entries(value))
    if (key !== 'metadata') search(owner, child, key === 'spec' ? obj(value.metadata) : {}, out);
};

export type Container = Obj & { readonly list: string };

/** Every container of a pod, of each list. */
export const containersOf = ({ spec }: PodSource): Container[] =>
  ['initContainers', 'containers', 'ephemeralContainers'].flatMap((list) =>
    objs(spec[list]).map((container) => ({ ...container, list })),
  );
