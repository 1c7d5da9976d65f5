import { CelError, cel, type Scope, Unreadable } from './cel';
import { type AdmissionRequest, constraintsMatch } from './match';
import type { ObjectView } from './object-view';
import { type BoundPolicy, paramsOf, type World } from './parameters';
import { scopeOf } from './scope';
import { at, type Data, isData, record, records, string } from './values';

/** The API server's mutating admission, played on paper: what MutatingAdmissionPolicies make of a request. */

const GROUP = 'admissionregistration.k8s.io';

/** Every MutatingAdmissionPolicy with each of its bindings. */
export const mutations = (view: ObjectView): readonly BoundPolicy[] =>
  view.once('bound mutations', () =>
    view.all(GROUP, 'MutatingAdmissionPolicyBinding').flatMap((binding) => {
      const policy = view.find(GROUP, 'MutatingAdmissionPolicy', undefined, record(binding.spec).policyName);
      return policy === undefined ? [] : [{ policy, binding }];
    }),
  );

/** A value with one place of it written, or taken out where `to` is undefined. */
const written = (value: unknown, [head, ...rest]: readonly string[], to: unknown): unknown => {
  if (head === undefined) return to;
  if (Array.isArray(value)) return value.map((item, i) => (String(i) === head ? written(item, rest, to) : item));
  return { ...record(value), [head]: written(record(value)[head], rest, to) };
};

/** RFC 6901: `~1` is a slash within a key. */
const keys = (path: string): readonly string[] =>
  path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));

const matches = ({ policy, binding }: BoundPolicy, view: ObjectView, request: AdmissionRequest): boolean =>
  constraintsMatch(record(policy.spec).matchConstraints, request, view.namespaceLabels) &&
  constraintsMatch(record(binding.spec).matchResources, request, view.namespaceLabels);

/** The JSON patches of one policy. An expression that errs refuses on a cluster; here it changes nothing. @throws Unreadable */
const patches = (spec: Data, scope: Scope): readonly Data[] => {
  try {
    if (records(spec.matchConditions).some((c) => cel(string(c.expression) ?? '')(scope) !== true)) return [];
    return records(spec.mutations).flatMap((m) =>
      records(cel(string(at(m, 'jsonPatch', 'expression')) ?? '[]')(scope)),
    );
  } catch (error) {
    if (error instanceof CelError && !(error instanceof Unreadable)) return [];
    throw error;
  }
};

/** What one bound policy makes of the object of a request: JSON patches that add, replace or remove. */
export const mutatedBy = (view: ObjectView, bound: BoundPolicy, request: AdmissionRequest, world: World): Data => {
  const object = request.object ?? {};
  if (!matches(bound, view, request)) return object;
  const params = paramsOf(view, bound, world, request);
  if (params === 'denied' || params === 'skipped') return object;
  return params.found
    .flatMap((found) => patches(record(bound.policy.spec), scopeOf(view, bound.policy, found, request)))
    .reduce<Data>((changed, patch) => {
      const to = patch.op === 'remove' ? undefined : patch.value;
      const next = written(changed, keys(string(patch.path) ?? ''), to);
      return isData(next) ? next : changed;
    }, object);
};

/** What all of them make of it. Each is asked again once, after the others: the order of policies is nobody's promise. */
export const mutated = (view: ObjectView, request: AdmissionRequest, world: World): Data => {
  const all = mutations(view);
  return [...all, ...all].reduce(
    (object, bound) => mutatedBy(view, bound, { ...request, object }, world),
    request.object ?? {},
  );
};
