import type { Cases, Draft } from '../../support/bar';
import { deskAs, type OtherKind } from '../../support/workloads';

// biome-ignore lint/suspicious/noExplicitAny: a case writes anything into any object
type Any = any;

const OBJECT: { readonly [K in OtherKind]: readonly [kind: string, name: string] } = {
  cronJob: ['CronJob', 'triage'],
  job: ['Job', 'triage-g3'],
  sandbox: ['Sandbox', 'triage'],
};
/** A change of the object that runs the agent. */
const on = (kind: OtherKind, change: (object: Any, d: Draft) => void) => ({
  of: () => deskAs(kind),
  change: (d: Draft) => change(d.get(...OBJECT[kind]), d),
});
const spec = (kind: OtherKind, values: object) => on(kind, (object) => Object.assign(object.spec, values));
const jobSpec = (values: object) => on('cronJob', (object) => Object.assign(object.spec.jobTemplate.spec, values));
/** A policy as somebody would write it who wants the warden to do more. */
const widened = (kind: OtherKind, resource: string, expression: string) =>
  on(kind, (_object, d) => {
    d.get('ValidatingAdmissionPolicy', `suspension-${resource}`).spec.validations[0].expression = expression;
  });

/** Rules about the kinds of objects that run agents. */
export const workloads: Cases = {
  'workloads-run-as-declared': {
    noncompliance: {
      'a CronJob that runs twice at once': spec('cronJob', { concurrencyPolicy: 'Allow' }),
      'a CronJob that replaces what runs': spec('cronJob', { concurrencyPolicy: 'Replace' }),
      'a CronJob that says nothing of it': on('cronJob', (o) => delete o.spec.concurrencyPolicy),
      'a CronJob at another time': spec('cronJob', { schedule: '* * * * *' }),
      'a CronJob in the time of its controller': on('cronJob', (o) => delete o.spec.timeZone),
      'a CronJob that was suspended by hand': spec('cronJob', { suspend: true }),
      'a CronJob that resumes when it is applied again': spec('cronJob', { suspend: false }),
      'a CronJob without deadline': on('cronJob', (o) => delete o.spec.jobTemplate.spec.activeDeadlineSeconds),
      'a CronJob whose Jobs cannot be deleted': on('cronJob', (o) =>
        Object.assign(o.spec.jobTemplate, { metadata: { finalizers: ['example.com/stay'] } }),
      ),
      'a CronJob with several pods': jobSpec({ parallelism: 5, completions: 5 }),
      'a CronJob whose pods start again': on('cronJob', (o) =>
        Object.assign(o.spec.jobTemplate.spec.template.spec, { restartPolicy: 'OnFailure' }),
      ),
      'a Job without deadline': on('job', (o) => delete o.spec.activeDeadlineSeconds),
      'a Job with a longer deadline': spec('job', { activeDeadlineSeconds: 7201 }),
      'a Job tried more often': spec('job', { backoffLimit: 3 }),
      'a Job whose pods have indexes': spec('job', { completionMode: 'Indexed' }),
      'a Job whose lost pods do not count': spec('job', { podFailurePolicy: { rules: [] } }),
      'a Job of another controller': spec('job', { managedBy: 'example.com/queue' }),
      'a Job that replaces a pod while it goes': spec('job', { podReplacementPolicy: 'TerminatingOrFailed' }),
      'a Sandbox with a Service of its controller': spec('sandbox', { service: true }),
      'a Sandbox that may get one': on('sandbox', (o) => delete o.spec.service),
      'a Sandbox that remembers': spec('sandbox', { volumeClaimTemplates: [{ metadata: { name: 'x' }, spec: {} }] }),
      'a Sandbox that goes with its end': spec('sandbox', { shutdownPolicy: 'Delete' }),
      'a Sandbox that ends at a time': spec('sandbox', { shutdownTime: '2030-01-01T00:00:00Z' }),
      'a Sandbox that resumes when it is applied again': spec('sandbox', { operatingMode: 'Running' }),
      'a Sandbox whose pod ends': on('sandbox', (o) =>
        Object.assign(o.spec.podTemplate.spec, { restartPolicy: 'Never' }),
      ),
    },
    compliance: {
      'a CronJob as declared': { of: () => deskAs('cronJob') },
      'a Job that keeps less': spec('job', { ttlSecondsAfterFinished: 60 }),
      'a CronJob that keeps more': spec('cronJob', { successfulJobsHistoryLimit: 30, startingDeadlineSeconds: 60 }),
      'a Sandbox as declared': { of: () => deskAs('sandbox') },
    },
  },
  'warden-only-suspends': {
    noncompliance: {
      'no policy about CronJobs': on('cronJob', (_o, d) =>
        d.remove('ValidatingAdmissionPolicy', 'suspension-cronjobs'),
      ),
      'no binding about Jobs': on('job', (_o, d) => d.remove('ValidatingAdmissionPolicyBinding', 'suspension-jobs')),
      'a policy about others than the warden': on('sandbox', (_o, d) => {
        const [condition] = d.get('ValidatingAdmissionPolicy', 'suspension-sandboxes').spec.matchConditions;
        condition.expression = `!(${condition.expression})`;
      }),
      'a template that may change': widened('job', 'jobs', 'object.spec.?parallelism == oldObject.spec.?parallelism'),
      'a policy that audits': on('cronJob', (_o, d) => {
        d.get('ValidatingAdmissionPolicyBinding', 'suspension-cronjobs').spec.validationActions = ['Audit'];
      }),
    },
    compliance: {
      'the policies as written': { of: () => deskAs('cronJob') },
      'a policy that lets the warden do nothing here': widened('sandbox', 'sandboxes', 'false'),
    },
  },
};
