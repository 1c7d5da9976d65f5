import { type Direction, type Reach, type ReadPolicy, reachOf, readPolicy } from './network';
import { type PodTemplate, podTemplatesOf } from './pods';
import { type Labels, selects } from './selectors';
import type { Manifest } from './types';
import { at, type Data, json, labelsOf, list } from './values';

/** A configuration file inside a ConfigMap. */
export interface Configuration {
  readonly map: Manifest;
  readonly text: string;
  /** Parsed, where it is JSON. */
  readonly value: unknown;
}

/** A file of a ConfigMap that a pod mounts; none where two volumes bring one, because then it is not known which is read. */
export function mountedFile(view: ObjectView, pod: PodTemplate, file: string): Configuration | undefined {
  const [found, another] = list(pod.spec.volumes).flatMap((volume) => {
    const name = at(volume, 'configMap', 'name');
    const map = name === undefined ? undefined : view.find('', 'ConfigMap', pod.namespace, name);
    const text = at(map, 'data', file);
    return map !== undefined && typeof text === 'string' ? [{ map, text }] : [];
  });
  return found === undefined || another !== undefined ? undefined : { ...found, value: json(found.text) };
}

/** API group of an object; the core group, '', has the version v1 alone. */
const groupOf = (apiVersion: unknown): string => {
  if (apiVersion === 'v1') return '';
  const [group, version] = String(apiVersion).split('/');
  return version === undefined ? `(${group})` : String(group);
};

/**
 * Finished objects, indexed by what they are and what they do, whatever they are of. Built once per check; everything
 * is computed at first use.
 */
export class ObjectView {
  private readonly byKind = new Map<string, Manifest[]>();
  private readonly memory = new Map<string, unknown>();

  constructor(
    readonly objects: readonly Manifest[],
    readonly now: Date,
  ) {
    for (const object of objects) {
      const key = `${groupOf(object.apiVersion)}/${object.kind}`;
      const known = this.byKind.get(key);
      if (known === undefined) this.byKind.set(key, [object]);
      else known.push(object);
    }
  }

  /** A value computed once per check. */
  once<T>(key: string, compute: () => T): T {
    if (!this.memory.has(key)) this.memory.set(key, compute());
    return this.memory.get(key) as T;
  }

  /** Objects of a kind: `all('apps', 'Deployment')`, the core group is ''. */
  all(group: string, kind: string): readonly Manifest[] {
    return this.byKind.get(`${group}/${kind}`) ?? [];
  }

  /** One object by kind, namespace and name: for references, never to find out what something does. */
  find(group: string, kind: string, namespace: string | undefined, name: unknown): Manifest | undefined {
    return this.all(group, kind).find((o) => o.metadata?.namespace === namespace && o.metadata?.name === name);
  }

  /** Objects of the cluster that are somebody else's, where policies of ours have them as parameter. */
  get neighbours(): readonly Data[] {
    return [];
  }

  /** Every pod template of every object. */
  get pods(): readonly PodTemplate[] {
    return this.once('pods', () => this.objects.flatMap(podTemplatesOf));
  }

  /** Labels of a namespace, with the one that the API server sets; for a namespace of somebody else only that one. */
  readonly namespaceLabels = (namespace: string): Labels =>
    this.once(`labels of ${namespace}`, () => ({
      ...labelsOf(this.find('', 'Namespace', undefined, namespace)?.metadata?.labels),
      'kubernetes.io/metadata.name': namespace,
    }));

  /** Every NetworkPolicy, read. */
  get policies(): readonly ReadPolicy[] {
    return this.once('policies', () => this.all('networking.k8s.io', 'NetworkPolicy').map(readPolicy));
  }

  /** What a pod may do by the union of all policies that select it. */
  reach(pod: { readonly namespace: string; readonly labels: Labels }, direction: Direction): Reach {
    return reachOf(this.policies, pod, direction);
  }

  /** Whether a namespace selector selects a namespace. */
  inNamespaces(selector: unknown, namespace: string): boolean {
    return selects(selector ?? {}, this.namespaceLabels(namespace));
  }
}
