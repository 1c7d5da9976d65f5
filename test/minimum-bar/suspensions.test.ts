import { expect, test } from '@jest/globals';
import type { Manifest } from '../../lib/minimum-bar';
import { suspension } from '../../lib/minimum-bar/suspensions';
import { View } from '../../lib/minimum-bar/view';
import { desk } from '../support/desk';
import { objectsOf } from '../support/environment';
import { deskAs } from '../support/workloads';

test.each([
  ['deployments/scale', desk(), { replicas: 0 }],
  ['cronjobs', deskAs('cronJob'), { suspend: true }],
  ['jobs', deskAs('job'), { suspend: true }],
  ['sandboxes', deskAs('sandbox'), { operatingMode: 'Suspended' }],
])('the warden suspends through %s', (resource, declaration, written) => {
  const view = new View(declaration, objectsOf(declaration) as readonly Manifest[], new Date());
  const [template] = view.agentPods;
  if (template === undefined) throw new Error('no pod of an agent');
  const request = suspension(view, template);
  expect([request.operation, request.resource, request.user.username]).toEqual([
    'UPDATE',
    resource,
    'system:serviceaccount:support-desk-test-control:warden',
  ]);
  expect((request.object as { spec: object }).spec).toMatchObject(written);
  expect(request.object).not.toEqual(request.oldObject);
});
