import { expect, test } from '@jest/globals';
import { agentFacts, agentText } from '../../cli/explain-agent';
import type { Agent, EnvironmentDeclaration } from '../../lib';
import { changed, type Draft, desk } from '../support/desk';

const textOf = (declaration: EnvironmentDeclaration): string =>
  agentText(agentFacts('apps/a.ts', declaration, 'triage', declaration.agents.triage as Agent));

test('what an agent may do is said with every operation, argument and rule of its declaration', () => {
  const text = textOf(desk());
  expect(text).toMatch(/^agent triage of support-desk-test \(apps\/a\.ts, agents\.triage\)\n/);
  for (const line of [
    '  may be asked by: group:support',
    '  is asked at: https://support-desk.example.com/agents/triage/',
    '    claude: claude-sonnet-4-5, at api.anthropic.com',
    '    tickets.search: read, internal, at tickets.internal.example.com\n      any arguments\n      returns what is untrusted',
    '    tickets.reply: write, external, at tickets.internal.example.com\n      ticket: matches ^T-[0-9]+$, at most 256 characters\n      body: text of at most 4000 characters',
    '    every tickets.close',
    '    tickets.reply, once it would be called more than 5 times within 10 min',
    '    by 1 of group:support-leads within 15 min; no answer is a no, and nobody approves their own',
    '    tickets.reply at most 20 times in 1 h',
    '    nothing external once sensitive data was read',
    '  runs these programs: /usr/bin/python3.12',
    '  writes below: /tmp',
  ])
    expect(`${text}\n`).toContain(`${line}\n`);
  // What the tool has and the agent may not call is not there.
  expect(text).not.toContain('purge');
});

test('a rule that looks further than one run says so', () => {
  const text = textOf(
    changed((d: Draft) => {
      const { triage } = d.agents;
      triage.sequence[0].scope = 'user';
      triage.needsApproval.find(({ kind }: Draft) => kind === 'when').condition.scope = 'agent';
    }),
  );
  expect(text).toContain('tickets.reply at most 20 times in 1 h, over all its runs for one person\n');
  expect(text).toContain('more than 5 times within 10 min, over all its runs\n');
});

test('what is not declared is said as well: nobody, nothing, no arguments', () => {
  const text = textOf(
    changed((d: Draft) => {
      Object.assign(d.agents.triage, {
        mayAsk: [],
        models: [],
        tools: ['tickets.reply'],
        needsApproval: [],
        sequence: [],
      });
      d.agents.triage.behaviour.writes = [];
      delete d.tools.tickets.operations.reply.arguments;
    }),
  );
  for (const line of [
    '  may be asked by: nobody',
    '  models: none',
    '      no arguments',
    '  a person is asked for: nothing',
    '  in one run: no rule over the order of calls',
    '  writes below: nothing',
  ])
    expect(`${text}\n`).toContain(`${line}\n`);
});

test('every kind of argument, measure and rule has words', () => {
  const text = textOf(
    changed((d: Draft) => {
      d.tools.tickets.operations.reply.arguments = {
        amount: { kind: 'number', min: 0, max: 10 },
        count: { kind: 'integer', min: 1, max: 3, optional: true },
        loud: { kind: 'boolean' },
        colour: { kind: 'oneOf', values: ['red', 'blue'] },
      };
      d.agents.triage.needsApproval = [
        {
          kind: 'when',
          condition: {
            kind: 'sumOver',
            operation: 'tickets.reply',
            argument: 'amount',
            over: 9,
            within: { seconds: 60 },
          },
        },
        {
          kind: 'when',
          condition: {
            kind: 'distinctOver',
            operation: 'tickets.reply',
            argument: 'colour',
            over: 2,
            within: { seconds: 60 },
            scope: 'user',
          },
        },
      ];
      const order = { operation: 'tickets.reply', other: 'tickets.search', within: { seconds: 90 } };
      d.agents.triage.sequence = [
        { kind: 'onlyWhen', condition: { kind: 'previous', ...order } },
        { kind: 'onlyWhen', condition: { kind: 'since', ...order, held: ['crm.customer'] } },
        { kind: 'deny', condition: { kind: 'formerly', ...order } },
        { kind: 'deny', condition: { kind: 'previous', ...order } },
        { kind: 'deny', condition: { kind: 'since', ...order, held: [] } },
        { kind: 'onlyAfter', operation: 'tickets.reply', after: 'tickets.search', within: { seconds: 90 } },
      ];
    }),
  );
  for (const line of [
    '      amount: number from 0 to 10',
    '      count: integer from 1 to 3; may be left out',
    '      loud: true or false',
    '      colour: one of red, blue',
    '    tickets.reply, once the sum of its amount would be over 9 within 1 min',
    '    tickets.reply only within 90 s after tickets.search succeeded',
    '    tickets.reply, once its colour would have more than 2 different values within 1 min, over all its runs for one person',
    '    tickets.reply only right after tickets.search succeeded, within 90 s',
    '    tickets.reply only within 90 s after tickets.search succeeded, with nothing but crm.customer since',
    '    never tickets.reply, within 90 s after tickets.search was called',
    '    never tickets.reply, if tickets.search was called last, within 90 s',
    '    never tickets.reply, if tickets.search was called within 90 s and nothing since',
  ])
    expect(text).toContain(`${line}\n`);
});
