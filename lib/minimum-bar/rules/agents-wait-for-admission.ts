import { ASKED, ASKED_OF_MODELS } from '../../admission/asks';
import { platformOf } from '../../platform';
import { looking } from '../admission';
import { mutatedBy, mutations } from '../mutation';
import type { BoundPolicy } from '../parameters';
import type { PodTemplate } from '../pods';
import { completedContainers, healthy, podRequest, withSpec } from '../probes';
import { NOT_APPLICABLE, type Problem, type Rule } from '../types';
import { at, type Data, list, record, records, same } from '../values';
import type { View } from '../view';

/** Resources of which the quota of a namespace allows nothing. */
const refusedBy = (view: View, namespace: string): readonly string[] =>
  view
    .all('', 'ResourceQuota')
    .filter((q) => q.metadata?.namespace === namespace && at(q.spec, 'scopes') === undefined)
    .filter((q) => at(q.spec, 'scopeSelector') === undefined)
    .flatMap((q) => Object.entries(record(at(q.spec, 'hard'))))
    .filter(([name, bound]) => name.startsWith('requests.') && String(bound) === '0')
    .map(([name]) => name.slice('requests.'.length));

/** The resources among these that a pod asks for. */
const asks = (pod: Data | undefined, resources: readonly string[]): readonly string[] =>
  resources.filter((resource) =>
    list(at(pod, 'spec', 'containers')).some((container) =>
      ['limits', 'requests'].some((side) => /^[1-9]/.test(String(at(container, 'resources', side, resource)))),
    ),
  );

/** Whether a mutating policy changes a pod only if a validating one lets it pass: same parameter, same demands. */
const answers = ({ policy, binding }: BoundPolicy, judge: BoundPolicy): boolean => {
  const [spec, judging] = [record(policy.spec), record(judge.policy.spec)];
  const [ref, wanted] = [record(binding.spec).paramRef, record(judge.binding.spec).paramRef].map(record) as [
    Data,
    Data,
  ];
  const variables = records(judging.variables);
  const demands = records(judging.validations).map(({ expression }) => expression);
  const own = records(spec.variables);
  const expressions = own.slice(variables.length).map(({ expression }) => expression);
  const names = own.slice(variables.length).map(({ name }) => `variables.${name}`);
  const only = `${names.join(' && ')} ? [`;
  return (
    same(spec.paramKind, judging.paramKind) &&
    ['name', 'namespace', 'selector'].every((key) => same(ref[key], wanted[key])) &&
    same(own.slice(0, variables.length), variables) &&
    same(expressions, demands) &&
    records(spec.mutations).every((mutation) => {
      const expression = String(at(mutation, 'jsonPatch', 'expression'));
      return expression.startsWith(only) && /^[^\]?]*\] : \[\]$/.test(expression.slice(only.length));
    })
  );
};

const problems = (view: View, template: PodTemplate): Problem[] => {
  // What policies write into it stands there; what it asks for, too.
  const containers = completedContainers(template.spec.containers);
  const request = podRequest(
    view,
    template,
    withSpec(() => ({ containers })),
  );
  const refused = refusedBy(view, template.namespace);
  const asked = asks(request.object, refused);
  const takers = mutations(view).map((bound) => {
    const left = asks(mutatedBy(view, bound, request, healthy(view)), refused);
    return { bound, takes: asked.filter((ask) => !left.includes(ask)) };
  });
  // A policy that a team adds by hand makes nothing wider while it is not in force yet.
  const own = [...ASKED, ...ASKED_OF_MODELS].map((id) => view.names.cluster(id));
  const judges = looking(view, request).filter(({ policy }) => own.includes(String(policy.metadata?.name)));
  const out = judges.flatMap((judge) => {
    const waits = asked.some((ask) => {
      const who = takers.filter(({ takes }) => takes.includes(ask));
      return who.length > 0 && who.every(({ bound }) => answers(bound, judge));
    });
    return waits
      ? []
      : [
          {
            object: template.owner,
            path: template.at('containers'),
            problem: `its pods may start before ${judge.policy.metadata?.name} is in force`,
          },
        ];
  });
  const kept = asks(podRequest(view, template).object, refused);
  return kept.length === 0
    ? out
    : [
        ...out,
        {
          object: template.owner,
          path: template.at('containers'),
          problem: `no policy takes back what its pods ask for: ${kept.join(', ')}`,
        },
      ];
};

export const rule: Rule = {
  id: 'agents-wait-for-admission',
  layer: 'runtime',
  info: 'The pod of an agent may start before every policy that judges it is in force.',
  explanation:
    'Kubernetes puts each policy into force on its own, some time after it is stored: what is made in between is judged by nobody',
  fix: 'let the container ask for one unit of a resource for each policy, allow none in the quota, and let a mutating policy with the same demands take it back',
  check: (view) =>
    platformOf(view.declaration.platform).mutatingPolicies
      ? view.governedPods.flatMap((template) => problems(view, template))
      : NOT_APPLICABLE,
};
