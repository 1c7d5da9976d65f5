import { LABEL } from '../../names';
import { platformOf } from '../../platform';
import type { Problem, Rule } from '../types';
import { show } from '../values';
import type { View } from '../view';

const namespaceProblems = (view: View, name: string, governed: string): Problem[] => {
  const object = view.find('', 'Namespace', undefined, name);
  if (object === undefined)
    return [{ object: `Namespace ${name}`, path: '', problem: 'the namespace is not among the objects' }];
  const labels = view.namespaceLabels(name);
  const version = platformOf(view.declaration.platform).podSecurityVersion;
  const wanted: Record<string, string> = {
    [LABEL.environment]: view.names.environment,
    [LABEL.governed]: governed,
    ...platformOf(view.declaration.platform).namespaceLabels,
  };
  for (const mode of ['enforce', 'audit', 'warn']) {
    wanted[`pod-security.kubernetes.io/${mode}`] = 'restricted';
    wanted[`pod-security.kubernetes.io/${mode}-version`] = version;
  }
  return Object.entries(wanted)
    .filter(([key, value]) => labels[key] !== value)
    .map(([key, value]) => ({
      object,
      path: `metadata.labels['${key}']`,
      problem: `${key} is ${show(labels[key])}, not '${value}'`,
    }));
};

export const rule: Rule = {
  id: 'namespaces-are-restricted',
  layer: 'runtime',
  info: 'A namespace of the environment does not enforce Pod Security restricted, or lacks the labels policies select.',
  explanation:
    'Pod Security is what refuses a privileged pod whoever asks for it, and every admission policy finds the environment by these labels',
  fix: 'label the namespace as the environment writes it: restricted in all modes, at the pinned version',
  check: (view) => [
    ...namespaceProblems(view, view.names.agents, 'agents'),
    ...(view.ownModels.length === 0 ? [] : namespaceProblems(view, view.names.models, 'models')),
    ...namespaceProblems(view, view.names.control, 'control'),
  ],
};
