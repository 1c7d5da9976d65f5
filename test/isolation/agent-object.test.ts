import { AgentEnvironment, App, type Isolation } from '../../lib';
import { checkBar, RULES } from '../../lib/minimum-bar';
import { podTemplatesOf } from '../../lib/minimum-bar/pods';
import { desk } from '../support/desk';
import { kind, objectsOf, only } from '../support/environment';
import { deskAs, type OtherKind, WORKLOADS } from '../support/workloads';

const OBJECT: { readonly [K in OtherKind]: readonly [kind: string, name: string] } = {
  cronJob: ['CronJob', 'triage'],
  job: ['Job', 'triage-g3'],
  sandbox: ['Sandbox', 'triage'],
};
/** Rules that ask how a pod is isolated, or send it to admission. */
const ISOLATION = new Set(['pods-share-nothing', 'own-pods-are-admitted', 'warden-knows-the-agents']);
const kinds = Object.keys(WORKLOADS) as OtherKind[];
const written = Object.fromEntries(kinds.map((each) => [each, objectsOf(deskAs(each))] as const));
const objectOf = (each: OtherKind) => only(written[each] ?? [], ...OBJECT[each]);

describe.each(kinds)('an agent as %s', (each) => {
  const objects = written[each] ?? [];

  test('is one object, and no other runs it', () => {
    const agents = objects.filter(
      (o) =>
        o.metadata.namespace === 'support-desk-test' &&
        podTemplatesOf(o).some(({ containers }) => containers.length > 0),
    );
    expect(agents.map((o) => [o.kind, o.metadata.name])).toEqual([OBJECT[each]]);
    expect(kind(objects, 'PodDisruptionBudget').filter((o) => o.metadata.name.startsWith('triage'))).toEqual([]);
  });

  test('does not say whether it is suspended: that is the warden to write', () => {
    const { spec } = objectOf(each);
    expect([spec.suspend, spec.operatingMode, spec.jobTemplate?.spec.suspend]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('has the pod of the Deployment, but for what its kind changes', () => {
    const pod = podTemplatesOf(objectOf(each))[0]?.spec as Record<string, unknown>;
    const plain = only(objectsOf(desk({ replicas: 1 })), 'Deployment', 'triage').spec.template.spec;
    const { containers, initContainers, restartPolicy, volumes: _volumes, ...rest } = pod;
    const { containers: c, initContainers: i, restartPolicy: r, volumes: _v, ...others } = plain;
    expect(rest).toEqual(others);
    expect(restartPolicy).toBe(each === 'sandbox' ? r : 'Never');
    const [[agent], [sidecar]] = [containers, initContainers] as [Record<string, unknown>[], Record<string, unknown>[]];
    expect(sidecar).toEqual(i[0]);
    expect(sidecar?.restartPolicy).toBe('Always');
    expect(agent?.securityContext).toEqual(c[0].securityContext);
    expect([agent?.readinessProbe, agent?.livenessProbe, agent?.startupProbe]).toEqual(
      each === 'sandbox'
        ? [c[0].readinessProbe, c[0].livenessProbe, c[0].startupProbe]
        : [undefined, undefined, undefined],
    );
  });

  test('counts in the quota as one pod, and one more', () => {
    const { hard } = only(objects, 'ResourceQuota', 'quota', 'support-desk-test').spec;
    expect([hard.pods, hard['limits.cpu'], hard['limits.memory']]).toEqual(['2', '1400m', '1536Mi']);
  });

  test.each(['userNamespace', 'gvisor', 'kata'] as const satisfies readonly (keyof typeof Isolation)[])(
    'runs under %s, above the bar',
    (isolation) => {
      const environment = new AgentEnvironment(new App({ outdir: 'unused' }), deskAs(each, isolation));
      const objects = environment.objects();
      // The other rules look at a pod, whatever isolates it.
      const rules = isolation === 'userNamespace' ? RULES : RULES.filter(({ id }) => ISOLATION.has(id));
      expect(checkBar(environment.declaration, objects, new Date(), rules).findings).toEqual([]);
      const [template] = podTemplatesOf(only(objects, ...OBJECT[each]));
      expect([template?.spec.runtimeClassName, template?.spec.hostUsers]).toEqual(
        isolation === 'userNamespace' ? [undefined, false] : [isolation, undefined],
      );
      expect(environment.notices.length).toBe(isolation === 'userNamespace' ? 0 : 2);
    },
  );
});

test('a CronJob starts alone, by the clock of its declaration, and ends by its deadline', () => {
  const { jobTemplate, ...spec } = objectOf('cronJob').spec;
  expect(spec).toEqual({
    schedule: '30 4 * * 1-5',
    timeZone: 'Europe/Berlin',
    concurrencyPolicy: 'Forbid',
    startingDeadlineSeconds: 300,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 3,
  });
  expect(jobTemplate.spec).toMatchObject({
    activeDeadlineSeconds: 7200,
    backoffLimit: 0,
    parallelism: 1,
    completions: 1,
  });
});

test('a Job carries its generation, and a pod is replaced when it is gone', () => {
  expect(objectOf('job').spec).toMatchObject({
    activeDeadlineSeconds: 7200,
    backoffLimit: 2,
    podReplacementPolicy: 'Failed',
    ttlSecondsAfterFinished: 604800,
  });
});

test('a Sandbox gets no Service and no disk of its controller, and does not end by itself', () => {
  const { podTemplate, ...spec } = objectOf('sandbox').spec;
  expect(spec).toEqual({ service: false, shutdownPolicy: 'Retain' });
  expect(Object.keys(podTemplate)).toEqual(['metadata', 'spec']);
});
