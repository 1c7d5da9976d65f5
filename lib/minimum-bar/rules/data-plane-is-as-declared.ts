import { contextOf } from '../../context';
import { gatewayFiles } from '../../gateway/gateway-bootstrap';
import { modelSidecarFiles } from '../../gateway/model-sidecar';
import { sidecarFiles } from '../../gateway/sidecar-bootstrap';
import { LABEL, modelLabel } from '../../names';
import { differences } from '../difference';
import { agentOf, type PodTemplate } from '../pods';
import type { Problem, Rule } from '../types';
import { at, json, list, record, string } from '../values';
import type { View } from '../view';

type Files = Readonly<Record<string, string>>;

/** The files that the declaration gives the Envoy of a pod; undefined for a pod without one. */
const wanted = (view: View, pod: PodTemplate): Files | undefined => {
  const component = pod.labels[LABEL.component];
  if (pod.namespace === view.names.control)
    return component === 'gateway' ? gatewayFiles(contextOf(view.declaration)) : undefined;
  if (pod.namespace === view.names.models) {
    const model = view.ownModels.find(([name]) => modelLabel(name) === pod.labels[LABEL.agent]);
    return model === undefined ? undefined : modelSidecarFiles(contextOf(view.declaration), ...model);
  }
  const agent = agentOf(view.declaration, pod)?.[0];
  return agent === undefined ? undefined : sidecarFiles(contextOf(view.declaration), agent);
};

const fileProblem = (file: string, found: string | undefined, want: string | undefined): string | undefined => {
  if (found === want) return undefined;
  if (want === undefined) return `${file} is not part of what was declared`;
  if (found === undefined) return `${file} is missing`;
  const [first] = differences(json(found), json(want));
  return first === undefined ? 'it says the same in other words' : `${first.path}: ${first.problem}`;
};

const podProblems = (view: View, pod: PodTemplate): Problem[] => {
  const files = wanted(view, pod);
  if (files === undefined) return [];
  const sidecar = pod.containers.find(({ role }) => role === 'sidecar')?.container;
  const mounted = list(sidecar?.volumeMounts).map((m) => record(m).name);
  // Beside a model stands one more container with files of its own: the key that its bytes are verified by.
  const volumes = list(pod.spec.volumes).filter(
    (v) => pod.namespace !== view.names.models || mounted.includes(record(v).name as string),
  );
  return volumes.flatMap((volume): Problem[] => {
    const name = at(volume, 'configMap', 'name');
    const map = name === undefined ? undefined : view.find('', 'ConfigMap', pod.namespace, name);
    if (map === undefined) return [];
    const found = record(map.data);
    return [...new Set([...Object.keys(files), ...Object.keys(found)])].flatMap((file) => {
      const problem = fileProblem(file, string(found[file]), files[file]);
      return problem === undefined ? [] : [{ object: map, path: `data['${file}']`, problem }];
    });
  });
};

export const rule: Rule = {
  id: 'data-plane-is-as-declared',
  layer: 'guard',
  info: 'The configuration of an Envoy is not the one that the declaration gives.',
  explanation:
    'thousands of settings of a proxy can open it, and nobody reviews them one by one: what was declared is reviewed, and the rest follows from it',
  fix: 'change the declaration; a change by hand needs a suppression that says why it opens nothing',
  check: (view) => [...view.governedPods, ...view.controlPods].flatMap((pod) => podProblems(view, pod)),
};
