import { expect, test } from '@jest/globals';
import { ApiObject, JsonPatch } from 'cdk8s';
import { openshift } from '../../apps/shared/platforms';
import { App, ClusterFoundation } from '../../lib';
import { declaredObjects } from '../../lib/foundation/objects';
import { foundationOf, operated } from '../support/foundation';

test.each([
  ['a DaemonSet', foundationOf()],
  ['objects of falco-operator', foundationOf({ falco: operated })],
  ['a DaemonSet on OpenShift', foundationOf({ platform: openshift })],
])('%s: what is declared is what the construct makes', (_form, declaration) => {
  const made = new ClusterFoundation(new App({ outdir: 'unused' }), declaration).objects();
  expect(declaredObjects(declaration)).toEqual(made);
  expect(made.length).toBeGreaterThan(20);
});

test('a patch of the construct does not reach what is declared', () => {
  const declaration = foundationOf();
  const foundation = new ClusterFoundation(new App({ outdir: 'unused' }), declaration);
  ApiObject.of(foundation.node.findChild('falco')).addJsonPatch(JsonPatch.remove('/spec/template/spec/tolerations'));
  const tolerant = (objects: readonly object[]): boolean => JSON.stringify(objects).includes('tolerations');
  expect([tolerant(foundation.objects()), tolerant(declaredObjects(declaration))]).toEqual([false, true]);
  expect(foundation.check().findings).toEqual([
    expect.objectContaining({
      rule: 'foundation-is-as-declared',
      object: 'DaemonSet firepit-system/falco',
      path: 'spec.template.spec.tolerations',
    }),
  ]);
});
