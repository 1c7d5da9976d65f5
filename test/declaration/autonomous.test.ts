import { describe, expect, test } from '@jest/globals';
import { Approval, Duration, environment, Health, Workload } from '../../lib/declaration';
import { agent, base, batch } from '../types/base';
import { refusal } from './_data';

const declared = (triage: object) => refusal(() => environment({ ...base, agents: { triage } } as never));

describe.each([
  ['cronJob', batch.workload],
  ['job', Workload.job({ generation: 1, deadline: Duration.hours(1) })],
] as const)('a %s has no user', (kind, workload) => {
  const with_ = (change: object) => declared({ ...batch, workload, ...change });

  test('and is declared as one that has none', () => {
    expect(with_({})).toBeUndefined();
  });

  test('so nobody may ask it', () => {
    expect(with_({ mayAsk: ['group:support'] })).toEqual([
      {
        path: 'agents.triage.mayAsk',
        found: '["group:support"]',
        expected: `an empty list: a ${kind} has no user`,
        fix: 'write mayAsk: [], or use Workload.deployment for an agent that people ask',
      },
    ]);
  });

  test('so nothing waits for an approval', () => {
    expect(with_({ needsApproval: [Approval.of('tickets.close')] })).toEqual([
      {
        path: 'agents.triage.needsApproval',
        found: '1 rules',
        expected: `an empty list: nobody waits with a ${kind} for an answer`,
        fix: 'leave what needs an approval to an agent that people ask, or bound it by a rule of sequence',
      },
    ]);
  });

  test('so what destroys is not there', () => {
    expect(with_({ tools: ['tickets.search', 'tickets.purge'], sequence: [] })).toEqual([
      {
        path: 'agents.triage.tools[1]',
        found: '"tickets.purge"',
        expected: `operations that need no approval: this one is destructive, and nobody waits with a ${kind} for an answer`,
        fix: 'take it from the agent; an agent that people ask may have it',
      },
    ]);
  });

  test.each([Health.http('/healthz'), Health.exec('/app/agent', '--check')])('and is not asked %j', (health) => {
    expect(with_({ health })).toEqual([
      {
        path: 'agents.triage.health',
        found: `"${health.kind}"`,
        expected: `no question: a ${kind} says by its exit code whether it worked, and its deadline ends one that hangs`,
        fix: 'write Health.exits()',
      },
    ]);
  });
});

test.each([agent.workload, Workload.sandbox()])('%j runs always, so somebody asks whether it works', (workload) => {
  expect(declared({ ...agent, workload })).toBeUndefined();
  expect(declared({ ...agent, workload, health: Health.exits() })?.map(({ path }) => path)).toEqual([
    'agents.triage.health',
  ]);
});

test('what is broken elsewhere says so itself', () => {
  expect(declared({ ...batch, workload: undefined, health: undefined })?.map(({ path }) => path)).toEqual([
    'agents.triage.workload',
    'agents.triage.health',
  ]);
});
