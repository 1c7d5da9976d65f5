import { describe, expect, test } from '@jest/globals';
import { Duration, environment, fork, Workload } from '../../lib/declaration';
import { ends, replicasOf } from '../../lib/declaration/workload';
import { agent, base, batch } from '../types/base';
import { refusal } from './_data';

const deadline = Duration.hours(1);
const schedule = '30 4 * * 1-5';
const declared = (workload: unknown) =>
  refusal(() => environment({ ...base, agents: { triage: { ...batch, workload } } } as never));

describe('a workload', () => {
  test('has defaults that are written', () => {
    expect(Workload.cronJob({ schedule, deadline })).toEqual({
      kind: 'cronJob',
      schedule,
      timeZone: 'Etc/UTC',
      deadline,
      retries: 0,
    });
    expect(Workload.job({ generation: 1, deadline })).toEqual({ kind: 'job', generation: 1, deadline, retries: 0 });
    expect(Workload.sandbox()).toEqual({ kind: 'sandbox' });
  });

  test('ends by itself, or does not', () => {
    expect(['deployment', 'cronJob', 'job', 'sandbox', undefined].map(ends)).toEqual([false, true, true, false, false]);
    expect([Workload.deployment({ replicas: 3 }), Workload.sandbox()].map(replicasOf)).toEqual([3, 1]);
  });

  test.each([
    ['a deadline of none', Workload.job({ generation: 1, deadline: Duration.seconds(0) }), 'deadline.seconds'],
    ['a deadline of eight days', Workload.job({ generation: 1, deadline: Duration.days(8) }), 'deadline.seconds'],
    ['a deadline as a number', { ...batch.workload, deadline: 3600 }, 'deadline'],
    ['no deadline', { ...batch.workload, deadline: undefined }, 'deadline'],
    ['a schedule that is none', Workload.cronJob({ schedule: 'daily', deadline }), 'schedule'],
    ['a zone that is none', Workload.cronJob({ schedule, deadline, timeZone: 'Mars/Base' }), 'timeZone'],
    ['eleven retries', Workload.job({ generation: 1, deadline, retries: 11 }), 'retries'],
    ['generation 0', Workload.job({ generation: 0, deadline }), 'generation'],
    ['replicas of a cronJob', { ...batch.workload, replicas: 2 }, 'replicas'],
    ['two at once', { ...batch.workload, concurrency: 'Allow' }, 'concurrency'],
    ['a schedule of a job', { ...Workload.job({ generation: 1, deadline }), schedule }, 'schedule'],
    ['a kind that is none', { kind: 'daemonSet' }, 'kind'],
  ])('%s is refused', (_what, workload, path) => {
    expect(declared(workload)?.map((finding) => finding.path)).toEqual([`agents.triage.workload.${path}`]);
  });
});

describe('a lock on a workload', () => {
  const locked = environment({ ...base, agents: { triage: batch }, locked: ['agents.*.workload'] });
  const forked = (props: Partial<Parameters<typeof Workload.cronJob>[0]>) =>
    refusal(() =>
      fork(locked, {
        agents: { triage: { workload: Workload.cronJob({ schedule, deadline: Duration.hours(2), ...props }) } },
      }),
    )?.map(({ fix }) => fix.split(';')[0]);

  test('lets the deadline become shorter', () => {
    expect(forked({ deadline: Duration.hours(1) })).toBeUndefined();
  });

  test.each([
    [{ deadline: Duration.hours(3) }, 'agents.triage.workload.deadline.seconds goes from 7200 to 10800'],
    [{ retries: 1 }, 'agents.triage.workload.retries goes from 0 to 1'],
    [{ schedule: '* * * * *' }, 'agents.triage.workload.schedule changes'],
    [{ timeZone: 'Europe/Berlin' }, 'agents.triage.workload.timeZone changes'],
  ])('refuses %j', (props, why) => {
    expect(forked(props)).toEqual([why]);
  });

  test('refuses another kind', () => {
    const workload = Workload.deployment({ replicas: 1 });
    const { mayAsk, needsApproval, health } = agent;
    const changes = { agents: { triage: { workload, mayAsk, needsApproval, health } } };
    expect(refusal(() => fork(locked, changes as never))?.map(({ path }) => path)).toEqual(['agents.triage.workload']);
  });
});
