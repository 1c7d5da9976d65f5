import { desk } from '../support/desk';
import { kind, objectsOf, only } from '../support/environment';
import { deskAs, type OtherKind } from '../support/workloads';

const suspensions = (objects: ReturnType<typeof objectsOf>): string[] =>
  kind(objects, 'ValidatingAdmissionPolicy')
    .map(({ metadata }) => metadata.name)
    .filter((name) => name.includes('-suspension-'));

test('a Deployment has a scale for it, and needs no policy', () => {
  expect(suspensions(objectsOf(desk()))).toEqual([]);
});

describe.each([
  ['cronJob', 'batch', 'cronjobs', 'CronJob', 'triage'],
  ['job', 'batch', 'jobs', 'Job', 'triage-g3'],
  ['sandbox', 'agents.x-k8s.io', 'sandboxes', 'Sandbox', 'triage'],
] as const)('a %s', (each: OtherKind, group, resource, written, name) => {
  const objects = objectsOf(deskAs(each));

  test('is read and suspended by the warden by its name, and no other kind is', () => {
    const { rules } = only(objects, 'Role', 'warden', 'support-desk-test');
    expect(rules.filter((rule: { apiGroups: string[] }) => rule.apiGroups[0] !== '')).toEqual([
      { apiGroups: [group], resources: [resource], resourceNames: [name], verbs: ['get', 'patch'] },
    ]);
  });

  test('is what the warden is told of', () => {
    const config = kind(objects, 'ConfigMap').find(({ data }) => data?.['warden.json'] !== undefined);
    expect(JSON.parse(config.data['warden.json']).agents.triage.workload).toEqual({ kind: written, name });
  });

  test('is held to that by admission, field by field, without anything that can be down', () => {
    const policy = `support-desk-test-suspension-${resource}`;
    expect(suspensions(objects)).toEqual([policy]);
    const { spec } = only(objects, 'ValidatingAdmissionPolicy', policy);
    expect([spec.paramKind, spec.failurePolicy]).toEqual([undefined, 'Fail']);
    const fields = Object.keys(only(objects, written, name).spec);
    for (const field of fields) expect(spec.validations[0].expression).toContain(`object.spec.?${field} == `);
    expect(spec.validations[0].expression).not.toMatch(/suspend|operatingMode/);
  });
});
