import type { Placed } from './order';
import { KUSTOMIZATION, type Tree } from './tree';
import { toYaml } from './yaml';

const kustomization = (paths: readonly string[]): string =>
  toYaml({
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    // As listed: kustomize's own order knows nothing of ours.
    sortOptions: { order: 'fifo' },
    resources: paths,
  });

/** Objects as files: one each, in apply order, and the kustomization.yaml that lists them. */
export const render = (placed: readonly Placed[]): Tree =>
  new Map([
    ...placed.map(({ path, object }) => [path, toYaml(object)] as const),
    [KUSTOMIZATION, kustomization(placed.map(({ path }) => path))],
  ]);
