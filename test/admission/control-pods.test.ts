import { expect, test } from '@jest/globals';
import { cel, Scope } from '../../lib/minimum-bar/cel';
import { desk, openshiftDesk } from '../support/desk';
import { objectsOf, only } from '../support/environment';

const policyOf = (objects: ReturnType<typeof objectsOf>) =>
  only(objects, 'ValidatingAdmissionPolicy', 'support-desk-test-control-pods');
// biome-ignore lint/suspicious/noExplicitAny: a test looks into any part
const factsOf = (objects: ReturnType<typeof objectsOf>, part: string): any => {
  const { expression } = policyOf(objects).spec.variables.find(({ name }: { name: string }) => name === part);
  return cel(expression)(new Scope({}));
};

test('each part is pinned by what its workload was written with', () => {
  const objects = objectsOf(desk());
  for (const name of ['gateway', 'governor', 'approvals', 'warden']) {
    const { template } = only(objects, 'Deployment', name).spec;
    const [container] = template.spec.containers;
    const facts = factsOf(objects, name);
    for (const field of ['image', 'args', 'volumeMounts', 'ports'])
      expect(facts.container.exact[field]).toEqual(container[field]);
    expect(facts.container.exact.env).toEqual(container.env);
    expect(facts.volumes).toEqual(template.spec.volumes);
  }
});

test('the claim of a StatefulSet stands in its list, by the name that its first pod gets', () => {
  expect(factsOf(objectsOf(desk()), 'ledger').volumes[0]).toEqual({
    name: 'data',
    persistentVolumeClaim: { claimName: 'data-ledger-0' },
  });
});

test('what a platform decides is not pinned: users on OpenShift, room and place everywhere', () => {
  const own = factsOf(objectsOf(desk()), 'governor');
  const foreign = factsOf(objectsOf(openshiftDesk()), 'governor');
  expect(own.container.partly.securityContext).toHaveProperty('runAsUser');
  expect(foreign.container.partly.securityContext).not.toHaveProperty('runAsUser');
  for (const { exact, partly } of [own.pod, own.container])
    for (const field of ['resources', 'topologySpreadConstraints', 'tolerations', 'hostNetwork'])
      expect([field, exact[field], partly[field]]).toEqual([field, undefined, undefined]);
});

test('no expression comes near the limit of 100,000 characters', () => {
  for (const { expression } of policyOf(objectsOf(desk())).spec.variables)
    expect(expression.length).toBeLessThan(10_000);
});
