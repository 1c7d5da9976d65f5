import type { Facts } from './facts';
import { arr, type Hole, metadata, nameOf, namespaceOf, type Obj, objs, ofKind, str, title, which } from './plain';
import { type PodSource, podsOf } from './pods';

/** Whatever makes containment wait, or not happen. */
export const containmentHoles = (objects: readonly Obj[], facts: Facts): Hole[] =>
  [
    ...recordProblems(objects, facts),
    ...podsOf(objects)
      .filter(({ namespace }) => namespace === facts.E)
      .flatMap(podProblems),
    ...objects.flatMap(objectProblems),
  ].map((what) => ({ area: 'containment', what }));

const recordProblems = (objects: readonly Obj[], { control }: Facts): string[] => {
  const maps = ofKind(objects, '', 'ConfigMap').filter((m) => namespaceOf(m) === control);
  const record = maps.find((m) => nameOf(m) === 'containment');
  const bundle = maps.find((m) => nameOf(m) === 'ca-bundle');
  return which(
    [record === undefined, 'there is no record'],
    [record?.immutable === true, 'the record cannot be written'],
    [bundle?.data !== undefined || bundle?.binaryData !== undefined, 'the CA bundle is written by hand'],
  );
};

const podProblems = ({ title: name, spec, metadata: meta, labels }: PodSource): string[] =>
  which(
    [Number(spec.terminationGracePeriodSeconds ?? 30) > 30, `${name} takes its time to end`],
    [arr(meta.finalizers).length > 0, `pods of ${name} outlive their deletion`],
    ['firepit.dev/quarantine' in labels, `${name} starts quarantined`],
  );

const WORKLOADS = ['Deployment', 'Pod', 'StatefulSet', 'Job'];

const objectProblems = (object: Obj): string[] => {
  const kind = str(object.kind);
  return which(
    [WORKLOADS.includes(kind) && arr(metadata(object).finalizers).length > 0, `${title(object)} has a finalizer`],
    [
      /WebhookConfiguration$/.test(kind) && objs(object.webhooks).length > 0,
      `${title(object)} calls somebody in between`,
    ],
  );
};
