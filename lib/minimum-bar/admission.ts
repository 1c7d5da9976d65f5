import { denies, unacceptable } from './acceptable';
import { CelError, cel, type Eval, type Scope, Unreadable } from './cel';
import { type AdmissionRequest, constraintsMatch } from './match';
import type { ObjectView } from './object-view';
import { type BoundPolicy, paramsOf, type World } from './parameters';
import { scopeOf } from './scope';
import type { Manifest } from './types';
import { type Data, record, records, string, strings } from './values';

/**
 * The API server's own admission, played on paper: which ValidatingAdmissionPolicies refuse a request. What rules
 * ask is the effect of a policy, not its name or wording. A policy that cannot be read refuses nothing here.
 */

const GROUP = 'admissionregistration.k8s.io';

/** Every ValidatingAdmissionPolicy with each of its bindings that denies. */
export const boundPolicies = (view: ObjectView): readonly BoundPolicy[] =>
  view.once('bound policies', () => {
    const policies = new Map(view.all(GROUP, 'ValidatingAdmissionPolicy').map((p) => [p.metadata?.name, p]));
    return view.all(GROUP, 'ValidatingAdmissionPolicyBinding').flatMap((binding) => {
      const policy = policies.get(string(record(binding.spec).policyName));
      const inForce = policy !== undefined && denies(record(binding.spec).validationActions);
      return !inForce || unacceptable(policy) !== undefined ? [] : [{ policy, binding }];
    });
  });

type Answer = 'true' | 'false' | 'error' | 'unreadable';

const ask = (expression: unknown, scope: Scope): Answer => {
  try {
    const run: Eval = cel(string(expression) ?? '');
    return run(scope) === true ? 'true' : 'false';
  } catch (error) {
    if (error instanceof Unreadable) return 'unreadable';
    if (error instanceof CelError) return 'error';
    throw error;
  }
};

const judge = (view: ObjectView, policy: Manifest, params: Data | undefined, request: AdmissionRequest): boolean => {
  const spec = record(policy.spec);
  const scope = scopeOf(view, policy, params, request);
  const failsClosed = spec.failurePolicy !== 'Ignore';
  const conditions = records(spec.matchConditions).map((c) => ask(c.expression, scope));
  if (conditions.some((c) => c === 'false' || c === 'unreadable')) return false;
  if (conditions.includes('error')) return failsClosed;
  return records(spec.validations).some((v) => {
    const answer = ask(v.expression, scope);
    return answer === 'false' || (answer === 'error' && failsClosed);
  });
};

type Verdicts = WeakMap<AdmissionRequest, Map<Manifest, Map<Data | undefined, boolean>>>;

/** One policy about one request, remembered: rules ask about the same pod in many worlds. */
const refuses = (view: ObjectView, policy: Manifest, params: Data | undefined, request: AdmissionRequest): boolean => {
  const verdicts = view.once<Verdicts>('verdicts', () => new WeakMap());
  const ofRequest = verdicts.get(request) ?? new Map<Manifest, Map<Data | undefined, boolean>>();
  const ofPolicy = ofRequest.get(policy) ?? new Map<Data | undefined, boolean>();
  const known = ofPolicy.get(params);
  if (known !== undefined) return known;
  const verdict = judge(view, policy, params, request);
  ofPolicy.set(params, verdict);
  ofRequest.set(policy, ofPolicy);
  verdicts.set(request, ofRequest);
  return verdict;
};

/** Whether the kind of a request alone decides which policies look at it. */
const byKind = (request: AdmissionRequest, { policy, binding }: BoundPolicy): boolean =>
  request.resource !== 'namespaces' &&
  record(record(policy.spec).matchConstraints).objectSelector === undefined &&
  record(record(binding.spec).matchResources).objectSelector === undefined;

const matches = (view: ObjectView, bound: BoundPolicy, request: AdmissionRequest): boolean =>
  constraintsMatch(record(bound.policy.spec).matchConstraints, request, view.namespaceLabels) &&
  constraintsMatch(record(bound.binding.spec).matchResources, request, view.namespaceLabels);

/** Policies with a rule about an API group. */
const aboutGroup = (view: ObjectView, group: string): readonly BoundPolicy[] =>
  view.once(`about ${group}`, () =>
    boundPolicies(view).filter(({ policy }) =>
      records(record(record(policy.spec).matchConstraints).resourceRules).some((rule) =>
        strings(rule.apiGroups).some((g) => g === '*' || g === group),
      ),
    ),
  );

/** Policies that look at a request; for a kind of request they are found once. */
export const looking = (view: ObjectView, request: AdmissionRequest): readonly BoundPolicy[] => {
  const { operation, group, version, resource, namespace, name } = request;
  const all = aboutGroup(view, group);
  const fixed = view.once(`looking ${operation} ${group}/${version}/${resource} ${namespace} ${name}`, () =>
    all.filter((bound) => byKind(request, bound) && matches(view, bound, request)),
  );
  const others = all.filter((bound) => !byKind(request, bound) && matches(view, bound, request));
  return others.length === 0 ? fixed : [...fixed, ...others];
};

const refusesIn = (view: ObjectView, bound: BoundPolicy, request: AdmissionRequest, world: World): boolean => {
  const params = paramsOf(view, bound, world, request);
  if (params === 'denied') return true;
  if (params === 'skipped') return false;
  return params.found.some((p) => refuses(view, bound.policy, p, request));
};

/** The bound policies that refuse a request. Empty: it is admitted. */
export const refusals = (view: ObjectView, request: AdmissionRequest, world: World = []): readonly BoundPolicy[] =>
  looking(view, request).filter((bound) => refusesIn(view, bound, request, world));

/** Whether any policy refuses a request. Requests come in families: what refused the last one is asked first. */
export const isRefused = (view: ObjectView, request: AdmissionRequest, world: World = []): boolean => {
  const memory = view.once<{ last: BoundPolicy | undefined }>('last refusal', () => ({ last: undefined }));
  const all = looking(view, request);
  const { last } = memory;
  if (last !== undefined && all.includes(last) && refusesIn(view, last, request, world)) return true;
  memory.last = all.find((bound) => bound !== last && refusesIn(view, bound, request, world));
  return memory.last !== undefined;
};
