import { isPattern } from '../../declaration/image';
import type { ObjectView } from '../object-view';
import type { Rule } from '../types';
import { at, list, show, string } from '../values';

const DIGEST = /^[^@\s]+@sha256:([a-f0-9]{64})$/;

const problemOf = (image: unknown): string | undefined => {
  const hex = DIGEST.exec(string(image) ?? '')?.[1];
  if (hex === undefined) return `image ${show(image)} is not pinned by a sha256 digest`;
  return isPattern(hex) ? `image ${show(image)} has a placeholder for a digest` : undefined;
};

export const rule: Rule<ObjectView> = {
  id: 'images-are-pinned',
  layer: 'supply-chain',
  info: 'An image of a container or an image volume is not named by its digest.',
  explanation: 'a tag can be moved after the review, so what runs is not what was signed, scanned and agreed on',
  fix: 'pin the digest the registry reports: registry.example.com/team/image@sha256:<64 hex digits>',
  check: (view) =>
    view.pods.flatMap((pod) => [
      ...pod.containers.flatMap(({ container, path }) => {
        const problem = problemOf(container.image);
        return problem === undefined ? [] : [{ object: pod.owner, path: `${path}.image`, problem }];
      }),
      ...list(pod.spec.volumes).flatMap((volume, i) => {
        if (at(volume, 'image') === undefined) return [];
        const problem = problemOf(at(volume, 'image', 'reference'));
        return problem === undefined
          ? []
          : [{ object: pod.owner, path: pod.at(`volumes[${i}].image.reference`), problem }];
      }),
    ]),
};
