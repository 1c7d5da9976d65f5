import type { AdmissionRequest } from './match';
import type { ObjectView } from './object-view';
import { selects } from './selectors';
import type { Manifest } from './types';
import { at, type Data, isData, labelsOf, record, string } from './values';

/**
 * Objects of the cluster that policies may have as parameter, beside those of the environment, or in their place.
 * One with `absent: true` is not there.
 */
export type World = readonly Data[];

/** A policy and one binding that puts it into force. */
export interface BoundPolicy {
  readonly policy: Manifest;
  readonly binding: Manifest;
}

/** A Service as the cluster has it: with an address. */
export const withAddress = (service: Manifest | undefined): Data | undefined => {
  if (service?.kind !== 'Service' || at(service, 'spec', 'clusterIP') !== undefined) return service;
  return { ...service, spec: { ...record(service.spec), clusterIP: '192.0.2.10' } };
};

const sameObject = (a: Data, b: Data): boolean =>
  a.kind === b.kind &&
  record(a.metadata).name === record(b.metadata).name &&
  record(a.metadata).namespace === record(b.metadata).namespace;

/** A parameter as the cluster has it: the same object each time, so that verdicts are remembered. */
const addressed = (view: ObjectView, object: Data): Data =>
  object.kind === 'Service'
    ? (view.once(`address of ${JSON.stringify(object.metadata)}`, () => withAddress(object as Manifest)) ?? object)
    : object;

type Params = { readonly found: readonly (Data | undefined)[] } | 'denied' | 'skipped';

const WITHOUT: Params = { found: [undefined] };

/** The parameters of a bound policy for a request: one `undefined` where it has none. */
export const paramsOf = (
  view: ObjectView,
  { policy, binding }: BoundPolicy,
  world: World,
  request: AdmissionRequest,
): Params => {
  const kind = record(policy.spec).paramKind;
  if (!isData(kind)) return WITHOUT;
  const ref = record(record(binding.spec).paramRef);
  const namespace = string(ref.namespace) ?? request.namespace;
  const apiVersion = string(kind.apiVersion) ?? '';
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
  const own = view.all(group, string(kind.kind) ?? '').filter((o) => !world.some((w) => sameObject(w, o)));
  const candidates: readonly Data[] = [...own, ...world];
  const found = candidates.filter((o) => {
    const metadata = record(o.metadata);
    if (o.absent === true || o.kind !== kind.kind || o.apiVersion !== apiVersion) return false;
    if (metadata.namespace !== undefined && metadata.namespace !== namespace) return false;
    if (ref.selector !== undefined) return selects(ref.selector, labelsOf(metadata.labels));
    return metadata.name === ref.name;
  });
  if (found.length > 0) return { found: found.map((f) => addressed(view, f)) };
  return ref.parameterNotFoundAction === 'Allow' ? 'skipped' : 'denied';
};
