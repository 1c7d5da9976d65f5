import { expect, test } from '@jest/globals';
import { openshift } from '../../apps/shared/platforms';
import { foundationOf, objectsOfFoundation } from '../support/foundation';

const SELECTOR = 'openshift.io/node-selector';
const annotations = (declaration = foundationOf()): Readonly<Record<string, string>> =>
  objectsOfFoundation(declaration).find(({ kind }) => kind === 'Namespace')?.metadata.annotations ?? {};

test("on OpenShift the cluster's default node selector keeps Falco off no node", () => {
  expect(annotations(foundationOf({ platform: openshift }))).toMatchObject({ [SELECTOR]: '' });
});

test('elsewhere nobody reads such an annotation, and there is none', () => {
  expect(annotations()).not.toHaveProperty([SELECTOR]);
});
