import type { Agent } from '../../declaration';
import { expectedWorkload } from '../expected';
import type { PodTemplate } from '../pods';
import { NOT_APPLICABLE, type Problem, type Rule } from '../types';
import { at, type Data, record, same, show } from '../values';
import type { View } from '../view';

/** Fields that say nothing of when a pod runs, how long, or beside which other one. */
const FREE = new Set([
  'template',
  'podTemplate',
  'jobTemplate',
  'spec',
  'startingDeadlineSeconds',
  'successfulJobsHistoryLimit',
  'failedJobsHistoryLimit',
  'ttlSecondsAfterFinished',
]);

/** What a part of an object says of its pods, beside their template; undefined: nothing. */
interface Part {
  readonly path: readonly string[];
  readonly says: Data;
}

/** Whether it is suspended is the warden's to write, so nothing here says it. */
const partsOf = ({ workload }: Agent): readonly Part[] => {
  const job = (...path: readonly string[]): Part => ({
    path,
    says:
      workload.kind === 'job' || workload.kind === 'cronJob'
        ? {
            activeDeadlineSeconds: workload.deadline.seconds,
            backoffLimit: workload.retries,
            completions: 1,
            parallelism: 1,
            podReplacementPolicy: 'Failed',
          }
        : {},
  });
  switch (workload.kind) {
    case 'deployment':
      return [];
    case 'cronJob': {
      const { schedule, timeZone } = workload;
      return [
        { path: ['spec'], says: { schedule, timeZone, concurrencyPolicy: 'Forbid' } },
        { path: ['spec', 'jobTemplate'], says: {} },
        job('spec', 'jobTemplate', 'spec'),
      ];
    }
    case 'job':
      return [job('spec')];
    case 'sandbox':
      return [{ path: ['spec'], says: { service: false, shutdownPolicy: 'Retain' } }];
  }
};

const podProblems = (agent: Agent, pod: PodTemplate): Problem[] => {
  const parts = partsOf(agent);
  const wanted = agent.workload.kind === 'sandbox' ? 'Always' : 'Never';
  const restart = pod.spec.restartPolicy;
  return [
    ...parts.flatMap(({ path, says }) => {
      const found = record(at(pod.owner, ...path));
      return [...new Set([...Object.keys(says), ...Object.keys(found)])]
        .filter((key) => !FREE.has(key) && !same(found[key], says[key]))
        .map((key) => ({
          object: pod.owner,
          path: [...path, key].join('.'),
          problem: `it is ${show(found[key])}, and the declaration says ${show(says[key])}`,
        }));
    }),
    ...(parts.length === 0 || restart === wanted
      ? []
      : [
          {
            object: pod.owner,
            path: pod.at('restartPolicy'),
            problem: `it is ${show(restart)}, and pods of this kind have ${show(wanted)}`,
          },
        ]),
  ];
};

/** The pods of an agent, made by the object that its declaration names. */
const podsOf = (view: View, declared: string, agent: Agent): readonly PodTemplate[] => {
  const { kind, name } = expectedWorkload(declared, agent);
  return view.agentPods.filter(({ owner }) => owner.kind === kind && owner.metadata?.name === name);
};

export const rule: Rule = {
  id: 'workloads-run-as-declared',
  layer: 'runtime',
  info: 'A CronJob, Job or Sandbox of an agent runs at other times, longer, more often or with more than was declared.',
  explanation:
    'nobody asks an agent that starts by itself and nobody waits for it: without a deadline it works for ever, without Forbid twice at once, and a Sandbox with a Service or a volume of its controller has a door and a memory that nobody declared',
  fix: 'change agents.*.workload in the declaration, not the object; only the warden writes whether it is suspended',
  check: (view) => {
    const agents = Object.entries(view.declaration.agents).filter(([, agent]) => partsOf(agent).length > 0);
    if (agents.length === 0) return NOT_APPLICABLE;
    return agents.flatMap(([declared, agent]) =>
      podsOf(view, declared, agent).flatMap((pod) => podProblems(agent, pod)),
    );
  },
};
