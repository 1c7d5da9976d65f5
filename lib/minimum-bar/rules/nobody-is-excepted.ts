import type { AdmissionRequest } from '../match';
import { NAMESPACE_ADMIN } from '../probes';
import { imagePolicies } from '../signatures';
import type { Problem, Rule } from '../types';
import type { View } from '../view';
import { type Attack, admitted } from './_probe';

const exceptionFrom = (name: string) => ({
  apiVersion: 'policies.kyverno.io/v1',
  kind: 'PolicyException',
  metadata: { name: 'any', namespace: 'kyverno' },
  spec: { policyRefs: [{ kind: 'ImageValidatingPolicy', name }] },
});

/** Made anew, or made of an exception from something else. */
const exceptions = (name: string): readonly Attack[] => {
  const request: AdmissionRequest = {
    operation: 'CREATE',
    group: 'policies.kyverno.io',
    version: 'v1',
    resource: 'policyexceptions',
    namespace: 'kyverno',
    name: 'any',
    object: exceptionFrom(name),
    user: NAMESPACE_ADMIN,
  };
  return [
    { what: `an exception from ${name}`, request },
    {
      what: `an exception that is changed to one from ${name}`,
      request: { ...request, operation: 'UPDATE', oldObject: exceptionFrom('something-else') },
    },
  ];
};

const attacks = (view: View): readonly Attack[] => {
  const names = imagePolicies(view).map((p) => String(p.metadata?.name));
  return [...names, ...names.slice(0, 1).flatMap((name) => ['*', `${name.slice(0, 1)}*`])].flatMap(exceptions);
};

const among = (view: View): Problem[] =>
  view.objects
    .filter((o) => o.kind === 'PolicyException')
    .map((object) => ({ object, path: '', problem: 'it excepts pods from a policy' }));

export const rule: Rule = {
  id: 'nobody-is-excepted',
  layer: 'supply-chain',
  info: 'A PolicyException takes something out of the signature check, or somebody could make one that does.',
  explanation: 'an exception lives in another namespace than what it weakens, where no review of the environment looks',
  fix: 'sign the image instead; keep the admission policy that refuses exceptions from these policies',
  check: (view) => [...among(view), ...admitted(view, `environment ${view.names.environment}`, attacks(view))],
};
