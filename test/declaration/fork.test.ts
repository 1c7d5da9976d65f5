import { describe, expect, test } from '@jest/globals';
import {
  Approval,
  Argument,
  Duration,
  type EnvironmentDeclaration,
  environment,
  fork,
  Image,
  Isolation,
  Sequence,
  Signer,
  State,
  SupplyChain,
  Taint,
  Workload,
} from '../../lib/declaration';
import { declarations } from '../support/arbitrary-declaration';
import fc from '../support/property';
import { runs } from '../support/runs';
import { agent, base, image } from '../types/base';
import { forkKept, forkPromises, origin } from '../types/fork';
import { refusal } from './_data';

const other = Image.pinned(
  'registry.example.com/agents/other@sha256:49146eacb2606bdc94ff65c21b313bb0ed0f43fb5d2617c9c1c79b9016b69e0e',
);
const free = environment({ ...base, agents: { triage: { ...agent, env: { REGION: 'us', MODE: 'a' } } } });

describe('what does not compile does not fork', () => {
  const paths: Record<keyof typeof forkPromises, string> = {
    'agent that the base does not have': 'agents.triag',
    'tool that the base does not have': 'tools.wiki',
    'operation that the base does not have': 'tools.tickets.operations.serach',
    'model that the base does not have': 'models.gpt',
    'key that no declaration has': 'agnets',
    'key that no agent has': 'agents.triage.replicas',
    'part of a value that is replaced whole': 'agents.triage.workload.kind',
    'value of the wrong type': 'agents.triage.workload',
    'reference that the base does not declare': 'agents.triage.tools[0]',
    'rule on an operation that the base does not declare': 'agents.triage.needsApproval[0].operation',
    'image by tag': 'agents.triage.image',
    'principal without prefix': 'approvals.approvers[0]',
    'deadline as a number': 'approvals.deadline',
    'locks that are no list': 'locked',
    'nothing in place of changes': '',
  };
  test.each(Object.entries(forkPromises))('%s', (id, attempt) => {
    expect(refusal(attempt)?.[0]?.path).toBe(paths[id as keyof typeof paths]);
  });

  test.each(Object.entries(forkKept))('but %s does', (_id, attempt) => {
    expect(refusal(attempt)).toBeUndefined();
  });

  test('a mistyped name is told', () => {
    expect(refusal(forkPromises['agent that the base does not have'])).toEqual([
      {
        path: 'agents.triag',
        found: '{workload: {replicas: 6, kind: "deployment"}}',
        expected: 'a name the base declares: triage, archive',
        fix: "did you mean 'triage'?",
      },
    ]);
  });

  test.each([undefined, null, 7, 'x', [], () => ({}), new Date(0)])('changes that are no data: %p', (changes) => {
    expect(refusal(() => fork(free, changes as never))?.length).toBeGreaterThan(0);
  });

  test('a base that is no declaration', () => {
    expect(refusal(() => fork({ name: 'x' } as never, {}))?.length).toBeGreaterThan(5);
  });

  test('__proto__ among the changes', () => {
    const changes = JSON.parse('{"agents":{"__proto__":{"image":"x"}}}') as never;
    expect(refusal(() => fork(free, changes))?.[0]?.path).toBe('agents.__proto__');
    expect(({} as { image?: string }).image).toBeUndefined();
  });
});

describe('merging', () => {
  test('changes nothing where nothing is said', () => {
    expect(fork(free, {})).toEqual(free);
    expect(fork(free, { name: undefined, owner: undefined, agents: { triage: { image: undefined } } })).toEqual(free);
  });

  test('leaves the base as it was, and shares no promise with the changes', () => {
    const before = structuredClone(free);
    const changes = { agents: { triage: { mayAsk: ['group:emea' as const] } } };
    const forked = fork(free, changes);
    changes.agents.triage.mayAsk.push('group:emea');
    expect(forked.agents.triage.mayAsk).toEqual(['group:emea']);
    expect(free).toEqual(before);
    expect(Object.isFrozen(forked.agents.triage.mayAsk)).toBe(true);
  });

  test('replaces values of a kind whole', () => {
    const forked = fork(free, {
      state: State.bundled({ size: '20Gi' }),
      supplyChain: SupplyChain.signedBy(
        Signer.keyless({ issuer: 'https://gitlab.example.com', subject: 'release@example.com' }),
      ),
      agents: { triage: { workload: Workload.deployment({ replicas: 6 }), isolation: Isolation.userNamespace() } },
    });
    expect(forked.state).toEqual({ kind: 'bundled', size: '20Gi' });
    expect(forked.agents.triage.workload).toEqual({ kind: 'deployment', replicas: 6 });
    expect(forked.agents.triage.image).toBe(image);
  });

  test('replaces lists whole', () => {
    const forked = fork(free, { agents: { triage: { mayAsk: ['group:emea'], sequence: [] } } });
    expect(forked.agents.triage.mayAsk).toEqual(['group:emea']);
    expect(forked.agents.triage.sequence).toEqual([]);
    expect(forked.agents.triage.needsApproval).toEqual(agent.needsApproval);
  });

  test('replaces durations and secrets whole, and merges what stands around them', () => {
    const forked = fork(free, {
      approvals: { deadline: Duration.minutes(5) },
      tools: { tickets: { at: { ...base.tools.tickets.at, port: 8443 } } },
    });
    expect(forked.approvals).toEqual({ ...base.approvals, deadline: { seconds: 300 } });
    expect(forked.tools.tickets).toEqual({ ...base.tools.tickets, at: { ...base.tools.tickets.at, port: 8443 } });
  });

  test('merges records', () => {
    const forked = fork(free, { agents: { triage: { env: { REGION: 'eu', LOG: 'info' } } } });
    expect(forked.agents.triage.env).toEqual({ REGION: 'eu', MODE: 'a', LOG: 'info' });
  });

  test('merges tools, models and operations part by part', () => {
    const forked = fork(free, {
      tools: { tickets: { operations: { search: { returns: [Taint.UNTRUSTED, Taint.SENSITIVE] } } } },
      models: { claude: { names: ['claude-opus-4-5'] } },
    });
    expect(forked.tools.tickets.operations.search).toEqual({
      ...base.tools.tickets.operations.search,
      returns: ['untrusted', 'sensitive'],
    });
    expect(forked.models.claude).toEqual({ ...base.models.claude, names: ['claude-opus-4-5'] });
  });

  test('cannot remove an agent, a tool or an operation', () => {
    const forked = fork(origin, {
      agents: { triage: undefined },
      tools: { crm: undefined, tickets: { operations: { purge: undefined } } },
    } as never);
    expect(forked).toEqual(origin);
  });

  test('what is merged is checked like any declaration, as the fork', () => {
    expect(() => fork(free, { approvals: { deadline: Duration.days(30) } })).toThrow(
      /^fork of "support-desk": 1 problem in the declaration\n {2}approvals.deadline.seconds\n/,
    );
  });
});

describe('locks', () => {
  const { triage } = origin.agents;
  const pinnedTo = (digit: string) => ({
    tools: { tickets: { operations: { search: { manifest: `sha256:${digit.repeat(64)}` as const } } } },
  });
  const stricter: Record<string, () => unknown> = {
    'a shorter deadline': () => fork(origin, { approvals: { deadline: Duration.minutes(5) } }),
    'the same deadline': () => fork(origin, { approvals: { deadline: Duration.seconds(900) } }),
    'more people who must agree': () => fork(origin, { approvals: { quorum: 2 } }),
    'nobody who may agree': () => fork(origin, { approvals: { approvers: [] } }),
    'one more approval': () =>
      fork(origin, { agents: { triage: { needsApproval: [Approval.of('tickets.search'), ...triage.needsApproval] } } }),
    'the same rules in another order': () =>
      fork(origin, { agents: { triage: { sequence: [...triage.sequence].reverse() } } }),
    'one more rule': () =>
      fork(origin, {
        agents: { archive: { sequence: [Sequence.atMost(1, 'tickets.search', Duration.minutes(1))] } },
      }),
    'a shorter argument': () =>
      fork(origin, {
        tools: {
          tickets: {
            operations: { reply: { arguments: { ticket: Argument.matches('^T-[0-9]+$', { maxLength: 8 }) } } },
          },
        },
      }),
    'a narrower number': () =>
      fork(origin, {
        tools: {
          tickets: { operations: { reply: { arguments: { minutes: Argument.integer({ min: 1, max: 30 }) } } } },
        },
      }),
    'more taint': () =>
      fork(origin, {
        tools: { tickets: { operations: { search: { returns: [Taint.UNTRUSTED, Taint.SENSITIVE] } } } },
      }),
    'a pinned definition': () => fork(origin, pinnedTo('1')),
    'what is not locked': () => fork(origin, { agents: { triage: { image: other, mayAsk: ['user:anybody'] } } }),
  };
  test.each(Object.entries(stricter))('allow %s', (_id, attempt) => {
    expect(refusal(attempt)).toBeUndefined();
  });

  const weaker: Record<string, readonly [path: string, lock: string, why: string, attempt: () => unknown]> = {
    'a longer deadline': [
      'approvals',
      'approvals',
      'approvals.deadline.seconds goes from 900 to 1800',
      () => fork(origin, { approvals: { deadline: Duration.minutes(30) } }),
    ],
    'another pinned definition': [
      'tools',
      'tools',
      'tools.tickets.operations.search.manifest changes',
      () => fork(fork(origin, pinnedTo('1')), pinnedTo('2')),
    ],
    'one more approver': [
      'approvals',
      'approvals',
      'approvals.approvers gains "group:all"',
      () => fork(origin, { approvals: { approvers: ['group:support-leads', 'group:all'] } }),
    ],
    'another approvals page': [
      'approvals',
      'approvals',
      'approvals.host changes',
      () => fork(origin, { approvals: { host: 'approvals.example.org' } }),
    ],
    'one approval less': [
      'agents.triage.needsApproval',
      'agents.*.needsApproval',
      'agents.triage.needsApproval loses {"kind":"operation","operation":"tickets.close"}',
      () => fork(origin, { agents: { triage: { needsApproval: triage.needsApproval.slice(1) } } }),
    ],
    'a higher threshold': [
      'agents.triage.needsApproval',
      'agents.*.needsApproval',
      'agents.triage.needsApproval loses {"kind":"when",',
      () =>
        fork(origin, {
          agents: {
            triage: {
              needsApproval: [
                Approval.of('tickets.close'),
                Approval.when(Sequence.count('tickets.reply').over(50).within(Duration.minutes(10))),
              ],
            },
          },
        }),
    ],
    'no rules': [
      'agents.triage.sequence',
      'agents.*.sequence',
      'agents.triage.sequence loses {"kind":"atMost",',
      () => fork(origin, { agents: { triage: { sequence: [] } } }),
    ],
    'another signer': [
      'supplyChain',
      'supplyChain',
      'supplyChain.signer.issuer changes',
      () =>
        fork(origin, {
          supplyChain: SupplyChain.signedBy(
            Signer.keyless({ issuer: 'https://gitlab.example.com', subject: 'release@example.com' }),
          ),
        }),
    ],
    'something where the base has nothing': [
      'agents.triage.env',
      'agents.triage.env',
      'agents.triage.env is new',
      () => fork(origin, { agents: { triage: { env: { DEBUG: '1' } } } }),
    ],
    'a new argument, whatever its name': [
      'tools',
      'tools',
      'tools.tickets.operations.reply.arguments.quorum is new',
      () =>
        fork(origin, {
          tools: { tickets: { operations: { reply: { arguments: { quorum: { kind: 'boolean' } } } } } },
        }),
    ],
    'a weaker effect': [
      'tools',
      'tools',
      'tools.tickets.operations.purge.effect changes',
      () => fork(origin, { tools: { tickets: { operations: { purge: { effect: 'read' } } } } }),
    ],
    'less taint': [
      'tools',
      'tools',
      'tools.tickets.operations.search.returns loses "untrusted"',
      () => fork(origin, { tools: { tickets: { operations: { search: { returns: [] } } } } }),
    ],
  };
  test.each(Object.entries(weaker))('refuse %s, naming both places', (_id, [path, lock, why, attempt]) => {
    const findings = refusal(attempt) ?? [];
    expect(findings).toHaveLength(1);
    expect(findings[0]?.path).toBe(path);
    expect(findings[0]?.expected).toMatch(/^nothing weaker than .*, which "support-desk" locks with '/);
    expect(findings[0]?.expected).toContain(`locks with '${lock}'`);
    expect(findings[0]?.fix.startsWith(why)).toBe(true);
    expect(findings[0]?.fix).toMatch(/; change the blueprint, where the lock stands, not the fork$/);
  });

  test('refuse all weakenings at once', () => {
    const findings = refusal(() =>
      fork(origin, {
        approvals: { deadline: Duration.hours(2) },
        agents: { triage: { needsApproval: [], sequence: [] } },
      }),
    );
    expect(findings?.map((f) => f.path).sort()).toEqual([
      'agents.triage.needsApproval',
      'agents.triage.sequence',
      'approvals',
    ]);
  });

  test('do not mind the order of keys', () => {
    const { host, deadline, approvers } = base.approvals;
    expect(refusal(() => fork(origin, { approvals: { host, deadline, approvers } }))).toBeUndefined();
  });

  test('are inherited, extended, and hold in a fork of a fork', () => {
    const first = fork(origin, {
      name: 'first',
      locked: ['agents.*.image'],
      approvals: { deadline: Duration.minutes(9) },
    });
    expect(first.locked).toEqual([...(origin.locked ?? []), 'agents.*.image']);
    const second = fork(first, { name: 'second' });
    expect(second.locked).toEqual(first.locked);
    const findings = [
      refusal(() => fork(second, { agents: { triage: { image: other } } })),
      refusal(() => fork(second, { approvals: { deadline: Duration.minutes(10) } })),
    ];
    expect(findings.map((f) => f?.map(({ path }) => path))).toEqual([['agents.triage.image'], ['approvals']]);
    expect(findings[0]?.[0]?.expected).toContain(`which "second" locks with 'agents.*.image'`);
  });

  test('cannot be taken back', () => {
    expect(fork(origin, { locked: [] }).locked).toEqual(origin.locked);
    expect(refusal(() => fork(origin, { locked: ['agents.*.imag'] }))?.[0]?.fix).toBe("did you mean 'agents.*.image'?");
  });

  test('reach labels whose keys have dots', () => {
    const peer = { namespace: 'monitoring', pods: { 'app.kubernetes.io/name': 'prometheus' } };
    const locked = environment({
      ...base,
      platform: { ...base.platform, monitoring: peer },
      agents: { triage: agent },
      locked: ['platform.monitoring.pods.*'],
    });
    const pods = { 'app.kubernetes.io/name': 'anything' };
    expect(
      refusal(() => fork(locked, { platform: { ...locked.platform, monitoring: { ...peer, pods } } }))?.[0]?.path,
    ).toBe('platform.monitoring.pods["app.kubernetes.io/name"]');
  });
});

describe('any chain of forks', () => {
  type Env = EnvironmentDeclaration;
  const key = (value: unknown): string => JSON.stringify(sorted(value));
  const sorted = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(sorted);
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([k, v]) => [k, sorted(v)]),
    );
  };
  const within = (small: readonly unknown[], large: readonly unknown[]): boolean => {
    const all = new Set(large.map(key));
    return small.every((value) => all.has(key(value)));
  };
  /** What each lock of the random declarations means, said again without the code under test. */
  const HOLDS: Record<string, (from: Env, to: Env) => boolean> = {
    supplyChain: (from, to) => key(from.supplyChain) === key(to.supplyChain),
    'agents.*.needsApproval': (from, to) =>
      Object.keys(from.agents).every((a) => within(from.agents[a]!.needsApproval, to.agents[a]!.needsApproval)),
    'agents.*.sequence': (from, to) =>
      Object.keys(from.agents).every((a) => within(from.agents[a]!.sequence, to.agents[a]!.sequence)),
    approvals: (from, to) =>
      within(to.approvals.approvers, from.approvals.approvers) &&
      to.approvals.deadline.seconds <= from.approvals.deadline.seconds &&
      (to.approvals.quorum ?? 1) >= (from.approvals.quorum ?? 1) &&
      to.approvals.host === from.approvals.host,
    owner: (from, to) =>
      to.owner.team === from.owner.team &&
      to.owner.contact === from.owner.contact &&
      within(to.owner.deployers, from.owner.deployers),
  };

  const some = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
    fc.option(value, { nil: undefined, freq: 1 });
  /** Changes that often weaken and sometimes strengthen; `n` picks among what the base has. */
  const changes = fc.record({
    name: some(fc.constantFrom('emea', 'apac')),
    supplyChain: fc.boolean(),
    deadline: some(fc.integer({ min: 30, max: 604800 })),
    approvers: some(fc.constantFrom<('keep' | 'drop' | 'add')[]>(['keep'], ['drop'], ['add'], ['drop', 'add'])),
    quorum: some(fc.integer({ min: 1, max: 5 })),
    host: some(fc.constant('approvals.example.org')),
    deployers: some(fc.constantFrom('drop', 'add')),
    needsApproval: some(fc.constantFrom('drop', 'add', 'reverse')),
    sequence: some(fc.constantFrom('drop', 'add', 'reverse')),
    locked: some(fc.subarray(['owner', 'approvals', 'supplyChain', 'agents.*.sequence'])),
    n: fc.nat(100),
  });
  type Changes = typeof changes extends fc.Arbitrary<infer C> ? C : never;

  const edit = (list: readonly unknown[], how: string | undefined, extra: unknown, n: number): unknown => {
    if (how === 'drop') return list.filter((_, i) => i !== n % Math.max(1, list.length));
    if (how === 'add') return list.some((v) => key(v) === key(extra)) ? list : [...list, extra];
    return how === 'reverse' ? [...list].reverse() : undefined;
  };
  const patch = (env: Env, c: Changes): unknown => {
    const names = Object.keys(env.agents);
    const name = names[c.n % names.length] as string;
    const mine = env.agents[name]!;
    const operation = mine.tools[0];
    return {
      name: c.name,
      supplyChain: c.supplyChain ? { kind: 'signedBy', signer: env.images.signer } : undefined,
      approvals: {
        deadline: c.deadline === undefined ? undefined : { seconds: c.deadline },
        approvers: c.approvers?.reduce<readonly unknown[]>(
          (list, how) => (edit(list, how, 'group:everyone', c.n) ?? list) as unknown[],
          env.approvals.approvers,
        ),
        quorum: c.quorum,
        host: c.host,
      },
      owner: { deployers: edit(env.owner.deployers, c.deployers, 'user:eve@example.com', c.n) },
      agents: {
        [name]: {
          needsApproval:
            operation === undefined
              ? undefined
              : edit(mine.needsApproval, c.needsApproval, { kind: 'operation', operation }, c.n),
          sequence: edit(
            mine.sequence,
            c.sequence,
            { kind: 'neverBefore', taint: 'untrusted', before: 'external' },
            c.n,
          ),
        },
      },
      locked: c.locked,
    };
  };

  /** Tries changes after changes; what each step that went through has locked since then. */
  const walk = (from: Env, chain: readonly Changes[]): { now: Env; promised: [string, Env][]; accepted: number } => {
    let now = from;
    let accepted = 0;
    const promised = (from.locked ?? []).map((lock): [string, Env] => [lock, from]);
    for (const change of chain) {
      const findings = refusal(() => {
        now = fork(now, patch(now, change) as never);
      });
      if (findings !== undefined) continue;
      accepted++;
      promised.push(...(change.locked ?? []).map((lock): [string, Env] => [lock, now]));
    }
    return { now, promised, accepted };
  };

  test('is as strict as its base on every locked path', () => {
    const steps = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(declarations, fc.array(changes, { minLength: 1, maxLength: 3 }), (from, chain) => {
        const { now, promised, accepted } = walk(environment(from) as Env, chain);
        steps.accepted += accepted;
        steps.refused += chain.length - accepted;
        for (const [lock, since] of promised) {
          expect(now.locked).toContain(lock);
          expect([lock, HOLDS[lock]!(since, now)]).toEqual([lock, true]);
        }
      }),
      { numRuns: runs(40) },
    );
    expect(steps.accepted).toBeGreaterThan(0);
    expect(steps.refused).toBeGreaterThan(0);
  });
});
