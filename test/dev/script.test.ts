import { leftOutOf, scriptOf } from '../../dev/script';
import { Approval, Argument, Duration, Operation, Sequence } from '../../lib';
import { declarations } from '../support/arbitrary-declaration';
import { changed, type Draft, desk } from '../support/desk';
import fc from '../support/property';
import { team } from '../support/team';

/** `effect code title` of every step. */
const told = (environment = desk()): string[] =>
  scriptOf(environment).flatMap(({ asks, steps }) =>
    [...(asks === undefined ? [] : [asks]), ...steps].map(
      ({ title, expected }) => `${expected.effect} ${expected.code}: ${title}`,
    ),
  );

describe('the script of the support desk', () => {
  const script = told();

  test.each([
    ['a call that the model asked for', 'allow allowed: calls tickets.reply, as claude asked'],
    ['a call that needs an approval', 'needs_approval needs-approval: calls tickets.close, as claude asked'],
    ['an operation that the agent does not have', 'deny not-permitted: calls tickets.purge, which it does not have'],
    ['an operation that nobody declared', 'deny not-permitted: calls tickets.no_such_operation'],
    ['a path that nobody declared', 'deny unknown-route: asks crm for a path that is not declared'],
    ['a bad argument', 'deny invalid-argument: calls crm.customer with a bad argument'],
    ['reach after taint', 'deny sequence-violated: calls tickets.reply after that'],
    ['too many calls', 'needs_approval needs-approval: calls tickets.reply, time 6'],
    ['an injected instruction', 'deny not-permitted: obeys and calls tickets.purge'],
    ['a model off the list', 'deny not-permitted: asks claude for a model off the list'],
    ['a secret in a prompt', 'deny guard-blocked: puts a secret into a prompt for claude'],
    ['an invented run', 'deny run-unknown: invents a run to act in'],
    ['a stranger', 'deny not-permitted: a stranger asks triage'],
    ['somebody without a token', 'deny unidentified: nobody known asks triage'],
  ])('has %s', (_, line) => {
    expect(script).toContain(line);
  });

  test('leaves out what another rule stops before: twenty replies are never reached', () => {
    expect(script.filter((line) => line.includes('tickets.reply, time'))).toHaveLength(6);
  });

  test('tells every step apart by its trace', () => {
    const traces = scriptOf(desk()).flatMap(({ asks, steps }) => [asks, ...steps].flatMap((step) => step?.trace ?? []));
    expect(new Set(traces).size).toBe(traces.length);
  });
});

test('an agent that nobody may ask is tried at its doors alone', () => {
  const unasked = changed((draft) => {
    draft.agents.triage.mayAsk = [];
  });
  const lines = told(unasked);
  expect(lines).toContain('deny not-permitted: a stranger asks triage');
  expect(lines.filter((line) => line.includes('calls'))).toEqual([]);
  expect(leftOutOf(unasked)).toEqual(['triage: its calls, because nobody may ask it, and calls are tried in runs']);
  expect(leftOutOf(desk())).toEqual([]);
});

describe('tunnels', () => {
  const ofTunnels = (lines: readonly string[]): string[] => lines.filter((line) => line.includes('tunnel'));

  test('are tried by whoever has a host: one for what it is for, and one that another host hides in', () => {
    expect(ofTunnels(told(team()))).toEqual([
      'allow allowed: tunnels to packages.example.com:443',
      'allow allowed: means another host in a tunnel to packages.example.com:443',
    ]);
    const steps = scriptOf(team()).flatMap(({ asks, steps }) => (asks === undefined ? steps : []));
    const [good, other] = steps.filter(({ request }) => request.method === 'CONNECT');
    expect(good).toMatchObject({ request: { path: 'packages.example.com:443', tls: 'packages.example.com' } });
    expect(good).not.toHaveProperty('ends');
    expect(other).toMatchObject({ request: { tls: 'not-declared.invalid' }, ends: 'not-permitted' });
    expect(leftOutOf(team()).filter((line) => line.includes('packages'))).toEqual([]);
  });

  test('by who may be asked in a run, and only as far as rules and people let them', () => {
    const asked = (change: (agent: Draft) => void): string[] =>
      ofTunnels(
        told(
          changed((draft) => {
            draft.agents.researcher.mayAsk = ['group:analysts'];
            change(draft.agents.researcher);
          }, team()),
        ),
      );
    const [good, other] = ofTunnels(told(team()));
    expect(asked(() => undefined)).toEqual([good, other]);
    expect(asked((agent) => agent.sequence.push(Sequence.atMost(1, 'packages.connect', Duration.hours(1))))).toEqual([
      good,
    ]);
    expect(asked((agent) => agent.needsApproval.push(Approval.of('packages.connect')))).toEqual([
      'needs_approval needs-approval: tunnels to packages.example.com:443',
    ]);
  });
});

test('a sum is reached with the largest amounts, after what must come before', () => {
  const lines = told(
    changed((draft) => {
      draft.tools.tickets.operations.refund = Operation.write({
        arguments: { amount: Argument.number({ min: 1, max: 40 }) },
      });
      draft.agents.triage.tools.push('tickets.refund');
      draft.agents.triage.sequence = [Sequence.only('tickets.refund').after('crm.customer', Duration.minutes(5))];
      draft.agents.triage.needsApproval = [
        Approval.when(Sequence.sum('tickets.refund', 'amount').over(100).within(Duration.minutes(5))),
      ];
    }),
  );
  const at = lines.indexOf('needs_approval needs-approval: calls tickets.refund, time 3');
  expect(lines.slice(at - 3, at)).toEqual([
    'allow allowed: calls crm.customer',
    'allow allowed: calls tickets.refund, time 1',
    'allow allowed: calls tickets.refund, time 2',
  ]);
});

test('different values are called until there are too many, and not at all where there are not so many', () => {
  const withRule = (over: number, argument: Argument) =>
    told(
      changed((draft) => {
        draft.tools.tickets.operations.search.arguments = { customer: argument };
        draft.agents.triage.needsApproval = [];
        draft.agents.triage.sequence = [
          Sequence.deny(Sequence.distinct('tickets.search', 'customer').over(over).within(Duration.minutes(5))),
        ];
      }),
    ).filter((line) => line.includes('calls tickets.search, time'));
  expect(withRule(2, Argument.matches('^C-[0-9]+$'))).toEqual([
    'allow allowed: calls tickets.search, time 1',
    'allow allowed: calls tickets.search, time 2',
    'deny sequence-violated: calls tickets.search, time 3',
  ]);
  expect(withRule(2, Argument.oneOf('a', 'b'))).toEqual([]);
});

test('an operation of which no example is found is said to be left out', () => {
  const environment = changed((draft) => {
    draft.tools.tickets.operations.search.arguments = { name: Argument.matches(String.raw`^\p{Greek}$`) };
  });
  expect(told(environment).filter((line) => line.includes('tickets.search'))).toEqual([]);
  expect(leftOutOf(environment)).toEqual(['triage: tickets.search, because no example of its arguments was found']);
});

test('there is a script for any declaration', () => {
  fc.assert(
    fc.property(declarations, (environment) => {
      const agents = new Set(scriptOf(environment).map(({ agent }) => agent));
      expect(agents).toEqual(new Set(Object.keys(environment.agents)));
    }),
    { numRuns: 20 },
  );
});
