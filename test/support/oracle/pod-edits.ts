import { arr, at, type Obj, obj, objs } from './plain';

/** Small changes to a pod, of which probes are made. */

export const DIGEST = `sha256:${'1234567890abcdef'.repeat(4)}`;
export const FOREIGN = `registry.example.net/tools/other@${DIGEST}`;

export type Edit = (pod: Obj) => Obj;
export const spec =
  (change: (spec: Obj) => Obj): Edit =>
  (pod) => ({ ...pod, spec: { ...obj(pod.spec), ...change(obj(pod.spec)) } });
export const inList =
  (list: string, index: number, change: (container: Obj) => Obj): Edit =>
  (pod) => {
    const items = objs(at(pod, 'spec', list));
    const next = items.map((item, i) => (i === index ? { ...item, ...change(item) } : item));
    return { ...pod, spec: { ...obj(pod.spec), [list]: next } };
  };
export const container = (change: (container: Obj) => Obj): Edit => inList('containers', 0, change);
export const sidecar = (change: (container: Obj) => Obj): Edit => inList('initContainers', 0, change);
export const meta =
  (change: Obj): Edit =>
  (pod) => ({ ...pod, metadata: { ...obj(pod.metadata), ...change } });
export const label =
  (key: string, value: string | undefined): Edit =>
  (pod) => {
    const { [key]: _old, ...labels } = obj(at(pod, 'metadata', 'labels'));
    return meta({ labels: value === undefined ? labels : { ...labels, [key]: value } })(pod);
  };
export const withVolume = (volume: Obj): Edit => spec((s) => ({ volumes: [...arr(s.volumes), volume] }));
export const volumes = (change: (volume: Obj) => Obj): Edit => spec((s) => ({ volumes: objs(s.volumes).map(change) }));
export const mounting = (name: string): Edit =>
  container((c) => ({ volumeMounts: [...arr(c.volumeMounts), { name, mountPath: '/stolen' }] }));
export const both =
  (...edits: readonly Edit[]): Edit =>
  (pod) =>
    edits.reduce((p, edit) => edit(p), pod);

export const A = 'firepit.dev/agent';
export const C = 'firepit.dev/component';
export const ENV = 'firepit.dev/environment';
export const Q = 'firepit.dev/quarantine';
