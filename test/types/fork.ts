import { Approval, Duration, environment, fork, Isolation, Workload } from '../../lib/declaration';
import { agent, base, secret } from './base';

/** A declaration to fork, with locks. */
export const origin = environment({
  ...base,
  agents: { triage: agent, archive: { ...agent, tools: ['tickets.search'], needsApproval: [], sequence: [] } },
  locked: ['supplyChain', 'agents.*.needsApproval', 'agents.*.sequence', 'approvals', 'agents.triage.env', 'tools'],
});

/** What does not compile in a fork, by id, and does not run either: test/declaration/fork.test.ts runs the same. */
export const forkPromises = {
  'agent that the base does not have': () =>
    // @ts-expect-error
    fork(origin, { agents: { triag: { workload: Workload.deployment({ replicas: 6 }) } } }),
  'tool that the base does not have': () =>
    // @ts-expect-error
    fork(origin, { tools: { wiki: base.tools.tickets } }),
  'operation that the base does not have': () =>
    // @ts-expect-error
    fork(origin, { tools: { tickets: { operations: { serach: { reach: 'internal' } } } } }),
  'model that the base does not have': () =>
    // @ts-expect-error
    fork(origin, { models: { gpt: base.models.claude } }),
  'key that no declaration has': () =>
    // @ts-expect-error
    fork(origin, { agnets: {} }),
  'key that no agent has': () =>
    // @ts-expect-error
    fork(origin, { agents: { triage: { replicas: 6 } } }),
  'part of a value that is replaced whole': () =>
    // @ts-expect-error
    fork(origin, { agents: { triage: { workload: { replicas: 6 } } } }),
  'value of the wrong type': () =>
    // @ts-expect-error
    fork(origin, { agents: { triage: { workload: 6 } } }),
  'reference that the base does not declare': () =>
    // @ts-expect-error
    fork(origin, { agents: { triage: { tools: ['tickets.delete'] } } }),
  'rule on an operation that the base does not declare': () =>
    // @ts-expect-error
    fork(origin, { agents: { triage: { needsApproval: [Approval.of('tickets.delete')] } } }),
  'image by tag': () =>
    // @ts-expect-error
    fork(origin, { agents: { triage: { image: 'registry.example.com/agents/triage:2' } } }),
  'principal without prefix': () =>
    // @ts-expect-error
    fork(origin, { approvals: { approvers: ['leads'] } }),
  'deadline as a number': () =>
    // @ts-expect-error
    fork(origin, { approvals: { deadline: 900 } }),
  'locks that are no list': () =>
    // @ts-expect-error
    fork(origin, { locked: 'owner' }),
  'nothing in place of changes': () =>
    // @ts-expect-error
    fork(origin, null),
} as const;

/** What compiles. */
export const forkKept = {
  nothing: () => fork(origin, {}),
  'another name': () => fork(origin, { name: 'support-desk-emea', host: 'emea.example.com' }),
  'another workload': () => fork(origin, { agents: { triage: { workload: Workload.deployment({ replicas: 6 }) } } }),
  'undefined, which changes nothing': () => fork(origin, { name: undefined, agents: { triage: { image: undefined } } }),
  'a shorter deadline': () => fork(origin, { approvals: { deadline: Duration.minutes(5) } }),
  'another isolation': () =>
    fork(origin, {
      platform: { ...origin.platform, runtimeClasses: { kata: 'kata' } },
      agents: { archive: { isolation: Isolation.kata() } },
    }),
  'a secret of another name': () => fork(origin, { models: { claude: { auth: { kind: 'bearer', secret } } } }),
} as const;
