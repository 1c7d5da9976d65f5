import { ANNOTATION } from '../../names';
import { NOT_APPLICABLE, type Rule } from '../types';

export const rule: Rule = {
  id: 'example-images-are-marked',
  layer: 'supply-chain',
  info: 'A workload runs images of an example lock file and does not say so.',
  explanation: 'whoever finds the object in a cluster must see that its digests are examples that no registry serves',
  fix: `keep the annotation ${ANNOTATION.exampleImages}, or declare a released lock file`,
  check: (view) => {
    const { example, images } = view.declaration.images;
    if (example !== true) return NOT_APPLICABLE;
    const locked = new Set<unknown>(Object.values(images));
    return view.pods
      .filter((pod) => pod.containers.some(({ container }) => locked.has(container.image)))
      .filter((pod) => pod.owner.metadata?.annotations?.[ANNOTATION.exampleImages] !== 'true')
      .map((pod) => ({
        object: pod.owner,
        path: `metadata.annotations['${ANNOTATION.exampleImages}']`,
        problem: 'it runs example images without saying so',
      }));
  },
};
