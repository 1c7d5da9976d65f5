import { digestName } from '../../names';
import type { PodTemplate } from '../pods';
import type { Manifest, Problem, Rule } from '../types';
import { at, record, records, show } from '../values';
import type { View } from '../view';

/** The ConfigMap that every namespace has by itself. */
const ROOT_CA = 'kube-root-ca.crt';

/** ConfigMaps that a pod mounts, with where it says so. */
const mounted = (pod: PodTemplate): readonly (readonly [name: unknown, optional: boolean, path: string])[] =>
  records(pod.spec.volumes).flatMap((volume, i) => {
    const direct = at(volume, 'configMap');
    const own =
      direct === undefined
        ? []
        : [[at(direct, 'name'), at(direct, 'optional') === true, pod.at(`volumes[${i}].configMap`)] as const];
    const projected = records(at(volume, 'projected', 'sources')).flatMap((source, j) =>
      source.configMap === undefined
        ? []
        : [
            [
              at(source, 'configMap', 'name'),
              at(source, 'configMap', 'optional') === true,
              pod.at(`volumes[${i}].projected.sources[${j}].configMap`),
            ] as const,
          ],
    );
    return [...own, ...projected].filter(([name]) => name !== ROOT_CA);
  });

/** Whether a name carries the digest of the content. */
const carriesDigest = (map: Manifest): boolean => {
  const name = map.metadata?.name ?? '';
  const stem = name.slice(0, name.lastIndexOf('-'));
  return digestName(stem, record(map.data) as Record<string, string>) === name;
};

const mapProblems = (map: Manifest): Problem[] => [
  ...(map.immutable === true
    ? []
    : [{ object: map, path: 'immutable', problem: 'it can be changed under running pods' }]),
  ...(map.binaryData === undefined ? [] : [{ object: map, path: 'binaryData', problem: 'it carries binary data' }]),
  ...(carriesDigest(map)
    ? []
    : [{ object: map, path: 'metadata.name', problem: 'its name is not the digest of its content' }]),
];

const problemsOf = (view: View): Problem[] => {
  const seen = new Set<Manifest>();
  return [...view.governedPods, ...view.controlPods].flatMap((pod) =>
    mounted(pod).flatMap(([name, optional, path]): Problem[] => {
      const map = view.find('', 'ConfigMap', pod.namespace, name);
      if (map === undefined)
        return [{ object: pod.owner, path, problem: `the configuration ${show(name)} is not among the objects` }];
      const late = optional ? [{ object: pod.owner, path, problem: `it starts without ${show(name)} as well` }] : [];
      if (seen.has(map)) return late;
      seen.add(map);
      return [...late, ...mapProblems(map)];
    }),
  );
};

export const rule: Rule = {
  id: 'configuration-is-immutable',
  layer: 'identity',
  info: 'Configuration that a pod reads can change without a rollout, is not named by its content, or may be missing.',
  explanation:
    'what was reviewed is what runs only if it cannot change in place: then image and configuration move together, and a rollback is one',
  fix: 'immutable: true under a name that carries the digest of the content; change the declaration, not the ConfigMap',
  check: problemsOf,
};
