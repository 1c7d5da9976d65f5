import type { Problem, Rule } from '../types';
import { at, record, string } from '../values';
import type { View } from '../view';

const RESOURCES = ['cpu', 'memory', 'ephemeral-storage'] as const;

const containerProblems = (view: View): Problem[] =>
  view.pods.flatMap((pod) =>
    pod.containers.flatMap(({ container, path }) =>
      RESOURCES.flatMap((resource) =>
        (['limits', 'requests'] as const)
          .filter((side) => {
            const value = at(container, 'resources', side, resource);
            return value === undefined || value === '' || value === 0 || value === '0';
          })
          .map((side) => ({
            object: pod.owner,
            path: `${path}.resources.${side}`,
            problem: `container '${container.name}' has no ${resource} among its ${side}`,
          })),
      ),
    ),
  );

const volumeProblems = (view: View): Problem[] =>
  view.pods.flatMap((pod) =>
    (Array.isArray(pod.spec.volumes) ? pod.spec.volumes : []).flatMap((volume, i) => {
      const scratch = at(volume, 'emptyDir');
      return scratch === undefined || string(at(scratch, 'sizeLimit')) !== undefined
        ? []
        : [
            {
              object: pod.owner,
              path: pod.at(`volumes[${i}].emptyDir`),
              problem: 'the scratch volume has no sizeLimit',
            },
          ];
    }),
  );

const HARD = ['pods', 'limits.cpu', 'limits.memory'];

const quotaProblems = (view: View): Problem[] =>
  view.namespaces.flatMap((namespace) => {
    const quotas = view.all('', 'ResourceQuota').filter((q) => q.metadata?.namespace === namespace);
    const bounded = (resource: string): boolean =>
      quotas.some((q) => {
        const spec = record(q.spec);
        const scoped = spec.scopes !== undefined || spec.scopeSelector !== undefined;
        return !scoped && at(spec, 'hard', resource) !== undefined;
      });
    const limits = view.all('', 'LimitRange').some((l) => l.metadata?.namespace === namespace);
    return [
      ...HARD.filter((resource) => !bounded(resource)).map((resource) => ({
        object: `Namespace ${namespace}`,
        path: '',
        problem: `no ResourceQuota bounds ${resource} of the namespace`,
      })),
      ...(limits ? [] : [{ object: `Namespace ${namespace}`, path: '', problem: 'no LimitRange gives defaults' }]),
    ];
  });

export const rule: Rule = {
  id: 'resources-are-limited',
  layer: 'runtime',
  info: 'A container, a scratch volume or a namespace has no bound on what it may use.',
  explanation: 'a runaway or hijacked agent without limits takes the node, and with it the gateway and the kill switch',
  fix: 'set agents.*.resources in the declaration and leave limits, sizeLimit, ResourceQuota and LimitRange in place',
  check: (view) => [...containerProblems(view), ...volumeProblems(view), ...quotaProblems(view)],
};
