import { catchAllOf } from '../catch-all';
import { healthy, podRequest } from '../probes';
import { NOT_APPLICABLE, type Rule } from '../types';
import type { Data } from '../values';
import type { View } from '../view';
import { type Attack, admitted } from './_probe';

/** States of a cluster in which the declared foundation is not what it should be. */
const worlds = (view: View): Readonly<Record<string, Data>> => {
  const whole = catchAllOf(view.names.environment);
  const changed = (spec: Data): Data => ({ ...whole, spec: { ...(whole.spec as Data), ...spec } });
  return {
    'while there is no foundation': { ...whole, absent: true },
    'while the catch-all fails open': changed({ failurePolicy: 'Ignore' }),
    'while the catch-all judges nothing': changed({ validations: [] }),
    'that the foundation does not know': catchAllOf('somebody-else'),
  };
};

const attacks = (view: View): Attack[] =>
  Object.entries(worlds(view)).flatMap(([when, catchAll]) =>
    view.governedPods.map((template) => ({
      what: `a pod of ${template.namespace} ${when}`,
      request: podRequest(view, template),
      world: [...healthy(view).filter(({ kind }) => kind !== catchAll.kind), catchAll],
    })),
  );

export const rule: Rule = {
  id: 'foundation-is-asked',
  layer: 'runtime',
  info: 'The declaration says that the cluster has a foundation, and agents or models start without it.',
  explanation:
    'what happens outside the environment only the foundation refuses, and nobody is told when it is not there or does not know the environment',
  fix: 'keep the admission policy that has the catch-all of the foundation as its parameter',
  check: (view) =>
    view.declaration.platform.foundation === true
      ? admitted(view, `environment ${view.names.environment}`, attacks(view))
      : NOT_APPLICABLE,
};
