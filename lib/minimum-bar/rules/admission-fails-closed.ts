import { denies, unacceptable } from '../acceptable';
import type { ObjectView } from '../object-view';
import type { Manifest, Problem, Rule } from '../types';
import { isData, record, show, strings } from '../values';

const GROUP = 'admissionregistration.k8s.io';

/** What validates decides; a mutation that is left out changes nothing, and what must be there is demanded of it then. */
const decides = ({ kind }: Manifest): boolean => kind.startsWith('Validating');

const policyProblems = (policy: Manifest, bindings: readonly Manifest[]): Problem[] => {
  const spec = record(policy.spec);
  const out: Problem[] = [];
  if (spec.failurePolicy !== 'Fail' && (decides(policy) || spec.failurePolicy !== 'Ignore'))
    out.push({
      object: policy,
      path: 'spec.failurePolicy',
      problem: `failurePolicy is ${show(spec.failurePolicy)}: an expression that errors lets through`,
    });
  if (bindings.length === 0) out.push({ object: policy, path: '', problem: 'no binding puts it into force' });
  const problem = unacceptable(policy);
  if (problem !== undefined) out.push({ object: policy, path: 'spec', problem: `${problem}: it guards nothing` });
  const matchPolicy = record(spec.matchConstraints).matchPolicy;
  if (matchPolicy !== undefined && matchPolicy !== 'Equivalent')
    out.push({
      object: policy,
      path: 'spec.matchConstraints.matchPolicy',
      problem: 'another API version of the same object passes by it',
    });
  return out;
};

const bindingProblems = (binding: Manifest, policy: Manifest | undefined): Problem[] => {
  const spec = record(binding.spec);
  const out: Problem[] = [];
  const here = (path: string, problem: string): void => {
    out.push({ object: binding, path, problem });
  };
  if (policy === undefined) here('spec.policyName', `there is no policy '${show(spec.policyName)}'`);
  if (decides(binding) && !denies(spec.validationActions))
    here(
      'spec.validationActions',
      `validationActions are ${show(spec.validationActions)}, not [Deny]: what it finds is let through, or the API server does not take it`,
    );
  if (spec.matchResources !== undefined) here('spec.matchResources', 'it narrows where the policy applies');
  const wanted = isData(record(policy?.spec).paramKind);
  const ref = record(spec.paramRef);
  if (wanted && ref.name === undefined && ref.selector === undefined) here('spec.paramRef', 'it names no parameter');
  const missing = ref.parameterNotFoundAction;
  if (wanted && missing !== 'Deny' && (decides(binding) || missing !== 'Allow'))
    here('spec.paramRef.parameterNotFoundAction', 'without its parameter it lets everything through');
  return out;
};

const pairs = (view: ObjectView, kind: string): Problem[] => {
  const policies = view.all(GROUP, kind);
  const bindings = view.all(GROUP, `${kind}Binding`);
  return [
    ...policies.flatMap((p) =>
      policyProblems(
        p,
        bindings.filter((b) => record(b.spec).policyName === p.metadata?.name),
      ),
    ),
    ...bindings.flatMap((b) =>
      bindingProblems(
        b,
        policies.find((p) => p.metadata?.name === record(b.spec).policyName),
      ),
    ),
  ];
};

/** Kyverno's defaults deny and fail closed; anything else written is a hole. */
const kyverno = (view: ObjectView): Problem[] =>
  view.all('policies.kyverno.io', 'ImageValidatingPolicy').flatMap((policy) => {
    const spec = record(policy.spec);
    const out: Problem[] = [];
    if (spec.failurePolicy !== undefined && spec.failurePolicy !== 'Fail')
      out.push({ object: policy, path: 'spec.failurePolicy', problem: `failurePolicy is ${show(spec.failurePolicy)}` });
    if (spec.validationActions !== undefined && !strings(spec.validationActions).includes('Deny'))
      out.push({
        object: policy,
        path: 'spec.validationActions',
        problem: `validationActions are ${show(spec.validationActions)}`,
      });
    return out;
  });

export const rule: Rule<ObjectView> = {
  id: 'admission-fails-closed',
  layer: 'runtime',
  info: 'An admission policy is not in force, does not deny, or lets through when it errs or its parameter is missing.',
  explanation: 'a policy without binding, or one that only warns, looks like a control in every list and stops nothing',
  fix: 'failurePolicy: Fail, a binding with validationActions: [Deny] and, with a parameter, parameterNotFoundAction: Deny',
  check: (view) => [
    ...pairs(view, 'ValidatingAdmissionPolicy'),
    ...pairs(view, 'MutatingAdmissionPolicy'),
    ...kyverno(view),
  ],
};
