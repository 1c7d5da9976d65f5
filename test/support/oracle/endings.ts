import type { AgentFacts, Facts } from './facts';
import { arr, type Hole, nameOf, namespaceOf, type Obj, obj, str, title, which } from './plain';

const alone = (value: unknown): boolean => value === undefined || value === 1;

/** What an agent could do with more than its declaration gives it: more time, more pods, a door, a disk. */
const problems = (object: Obj, { runs }: AgentFacts): string[] => {
  const spec = obj(object.spec);
  const name = title(object);
  if (runs.kind === 'deployment') return [];
  if (runs.kind === 'sandbox')
    return which(
      [spec.service !== false, `${name} may get a Service`],
      [arr(spec.volumeClaimTemplates).length > 0, `${name} keeps a disk`],
    );
  const job = runs.kind === 'cronJob' ? obj(obj(spec.jobTemplate).spec) : spec;
  return which(
    [!(Number(job.activeDeadlineSeconds) <= runs.deadline.seconds), `${name} outlives its deadline`],
    [!(Number(job.backoffLimit) <= runs.retries), `${name} is tried again and again`],
    [!alone(job.parallelism) || !alone(job.completions), `${name} runs several pods`],
    [str(obj(obj(job.template).spec).restartPolicy) !== 'Never', `pods of ${name} start again`],
    [runs.kind === 'cronJob' && spec.concurrencyPolicy !== 'Forbid', `${name} runs beside itself`],
    [runs.kind === 'cronJob' && spec.schedule !== runs.schedule, `${name} starts at other times`],
  );
};

/** Agents that run otherwise than declared, where nobody asks and nobody waits. */
export const endingHoles = (objects: readonly Obj[], { E, agents }: Facts): Hole[] =>
  objects.flatMap((object) => {
    const agent = agents.find(
      ({ workload }) => workload.kind === object.kind && workload.name === nameOf(object) && namespaceOf(object) === E,
    );
    return agent === undefined ? [] : problems(object, agent).map((what) => ({ area: 'containment', what }));
  });
