import { COMPONENTS, LABEL, modelLabel, objectName } from '../../names';
import { expectedWorkload } from '../expected';
import type { PodTemplate } from '../pods';
import { selects } from '../selectors';
import type { Problem, Rule } from '../types';
import { at, record, show } from '../values';
import type { View } from '../view';

/** Who a pod of the environment says it is; undefined: nobody that was declared. */
const identityOf = (view: View, pod: PodTemplate): string | undefined => {
  if (pod.labels[LABEL.environment] !== view.names.environment) return undefined;
  const component = pod.labels[LABEL.component];
  if (pod.namespace === view.names.agents) {
    const agent = Object.keys(view.declaration.agents)
      .map(objectName)
      .find((a) => a === pod.labels[LABEL.agent]);
    return component === 'agent' ? agent : undefined;
  }
  if (pod.namespace === view.names.models) {
    const model = view.ownModels.find(([m]) => modelLabel(m) === pod.labels[LABEL.agent]);
    return component === 'model' && model !== undefined ? objectName(model[0]) : undefined;
  }
  return pod.labels[LABEL.agent] === undefined ? COMPONENTS.find((c) => c === component) : undefined;
};

const expected = (view: View): readonly string[] => [
  ...Object.keys(view.declaration.agents).map((a) => `${view.names.agents}/${objectName(a)}`),
  ...view.ownModels.map(([m]) => `${view.names.models}/${objectName(m)}`),
  ...COMPONENTS.filter((c) => c !== 'postgres' || view.declaration.state.kind === 'bundled').map(
    (c) => `${view.names.control}/${c}`,
  ),
];

const selectorProblems = (view: View, pod: PodTemplate): Problem[] => {
  const selector = record(pod.owner.spec).selector;
  if (pod.path !== 'spec.template' || selector === undefined) return [];
  const others = view.pods.filter((p) => p !== pod && p.namespace === pod.namespace && selects(selector, p.labels));
  const out: Problem[] = [];
  if (!selects(selector, pod.labels))
    out.push({ object: pod.owner, path: 'spec.selector', problem: 'it does not select its own pods' });
  for (const other of others)
    out.push({
      object: pod.owner,
      path: 'spec.selector',
      problem: `it selects the pods of ${other.owner.metadata?.name}`,
    });
  return out;
};

/** Kinds and name of the object that may run it. */
const expectedObject = (
  view: View,
  pod: PodTemplate,
  identity: string,
): { readonly kind: readonly string[]; readonly name: string } => {
  const agent = Object.entries(view.declaration.agents).find(([name]) => objectName(name) === identity);
  if (agent === undefined || pod.namespace !== view.names.agents)
    return { kind: ['Deployment', 'StatefulSet'], name: identity };
  const { kind, name } = expectedWorkload(...agent);
  return { kind: [kind], name };
};

const podProblems = (view: View, pod: PodTemplate): Problem[] => {
  const identity = identityOf(view, pod);
  const path = `${pod.path}.metadata.labels`.replace(/^\./, '');
  if (identity === undefined)
    return [{ object: pod.owner, path, problem: 'its labels name no declared agent and no part of the control plane' }];
  const out: Problem[] = [];
  const { kind, name } = expectedObject(view, pod, identity);
  if (pod.owner.metadata?.name !== name)
    out.push({
      object: pod.owner,
      path: 'metadata.name',
      problem: `it is named otherwise than what it runs, '${name}'`,
    });
  if (Object.hasOwn(pod.labels, LABEL.quarantine))
    out.push({ object: pod.owner, path, problem: 'its pods are born in quarantine' });
  if (!kind.includes(pod.owner.kind))
    out.push({
      object: pod.owner,
      path: 'kind',
      problem: `a ${pod.owner.kind} is not what was declared, and not what the warden suspends: ${kind.join(' or ')}`,
    });
  const replicas = at(pod.owner.spec, 'replicas');
  if (pod.namespace === view.names.control && (typeof replicas !== 'number' || replicas < 1))
    out.push({
      object: pod.owner,
      path: 'spec.replicas',
      problem: `it runs ${show(replicas)} replicas: the part is not there`,
    });
  return out;
};

export const rule: Rule = {
  id: 'workloads-are-declared',
  layer: 'runtime',
  info: 'A workload runs in the environment that nobody declared, a declared one is missing, or one claims the pods of another.',
  explanation:
    'every control finds its pods by label and every agent is judged by its declaration: what has neither is governed by nothing',
  fix: 'declare the agent; run everything that is no agent in a namespace of its own',
  check: (view) => {
    const pods = [...view.governedPods, ...view.controlPods];
    const count = new Map<string, number>();
    for (const pod of pods) {
      const key = `${pod.namespace}/${identityOf(view, pod)}`;
      count.set(key, (count.get(key) ?? 0) + 1);
    }
    return [
      ...pods.flatMap((pod) => [...podProblems(view, pod), ...selectorProblems(view, pod)]),
      ...expected(view)
        .filter((key) => count.get(key) !== 1)
        .map((key) => ({
          object: `workload ${key}`,
          path: '',
          problem: `${count.get(key) ?? 0} workloads run it, not one`,
        })),
    ];
  },
};
