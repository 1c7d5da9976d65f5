import { describe, expect, test } from '@jest/globals';
import { environment, Operation, Peer, Reach, Route, Taint } from '../../lib';
import { agent, base, image, tools } from '../types/base';
import { refusal } from './_data';

const ask = { ask: Operation.read({ route: Route.post('/ask') }) };
const idle = { ...agent, image, models: [], tools: [], needsApproval: [], sequence: [] };
type Peers = Readonly<Record<string, unknown>>;

/** What agents that ask one another are refused with; each tool is named after the agent that it asks. */
const refused = (asks: Readonly<Record<string, readonly string[]>>, peers: Peers = {}) => {
  const declared = {
    ...base,
    tools: {
      ...tools,
      ...Object.fromEntries(Object.keys(asks).map((name) => [name, Peer.agent(name, { operations: ask })])),
      ...peers,
    },
    agents: Object.fromEntries(
      Object.entries(asks).map(([name, others]) => [name, { ...idle, tools: others.map((other) => `${other}.ask`) }]),
    ),
  };
  return refusal(() => environment(declared as never));
};

describe('the answer of a peer', () => {
  test('is untrusted, whatever else it is', () => {
    const { operations } = Peer.agent('lead', {
      operations: { ...ask, know: Operation.read({ route: Route.get('/know'), returns: [Taint.SENSITIVE] }) },
    });
    expect(operations.ask.returns).toEqual(['untrusted']);
    expect(operations.know.returns).toEqual(['sensitive', 'untrusted']);
  });

  test('is trusted where that is said, and nowhere else', () => {
    const trusted = Peer.agent('b', { operations: ask, trusted: true });
    expect(trusted.operations.ask.returns).toEqual([]);
    expect(refused({ a: ['b'], b: [] }, { b: trusted })).toBeUndefined();
    const { trusted: _, ...unsaid } = trusted;
    expect(refused({ a: ['b'], b: [] }, { b: unsaid })).toEqual([
      {
        path: 'tools.b.operations.ask.returns',
        found: '[]',
        expected: 'Taint.UNTRUSTED: an agent passes on what strangers wrote',
        fix: 'make it with Peer.agent(…), or declare the peer with trusted: true',
      },
    ]);
  });

  test('has an effect, a reach and arguments like every other operation', () => {
    const send = Operation.write({ route: Route.post('/send'), reach: Reach.EXTERNAL });
    expect(Peer.agent('b', { operations: { send } }).operations.send).toEqual({ ...send, returns: ['untrusted'] });
  });
});

describe('agents that ask one another', () => {
  test.each([
    ['a chain', { a: ['b'], b: ['c'], c: ['d'], d: [] }],
    ['two that ask the same', { a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }],
  ])('are taken: %s', (_what, asks) => {
    expect(refused(asks)).toBeUndefined();
  });

  test.each([
    ['two', { a: ['b'], b: ['a'] }, 'agents.a.tools', 'a → b → a'],
    ['three, behind others', { z: ['a'], a: ['b', 'c'], b: [], c: ['d'], d: ['a'] }, 'agents.a.tools', 'a → c → d → a'],
    ['the second of two ways', { a: ['c', 'b'], b: ['a'], c: [] }, 'agents.a.tools', 'a → b → a'],
  ])('in a circle are refused once, with the circle: %s', (_what, asks, path, found) => {
    expect(refused(asks)).toEqual([
      {
        path,
        found,
        expected: 'agents that do not ask one another in a circle',
        fix: 'remove one of these calls, or declare it with recursive: true, so that the depth of a run alone ends it',
      },
    ]);
  });

  test('may do so in a circle that one of them declares', () => {
    const a = Peer.agent('a', { operations: ask, recursive: true });
    expect(refused({ a: ['b'], b: ['a'] }, { a })).toBeUndefined();
    expect(refused({ a: ['b', 'c'], b: ['c'], c: ['a', 'b'] }, { a })).toMatchObject([{ found: 'b → c → b' }]);
  });

  test('never ask themselves, also where circles are declared', () => {
    const b = Peer.agent('b', { operations: ask, recursive: true });
    for (const peers of [{}, { b }])
      expect(refused({ a: ['b'], b: ['b'] }, peers)).toEqual([
        {
          path: 'agents.b.tools[0]',
          found: '"b.ask"',
          expected: 'an operation of somebody else: this one asks the agent itself',
          fix: 'remove it; what an agent does by itself needs no call',
        },
      ]);
  });

  test('exist: another name is told, with what was meant', () => {
    const peer = Peer.agent('reseacher', { operations: ask });
    expect(refused({ researcher: [], lead: [] }, { peer })).toEqual([
      {
        path: 'tools.peer.agent',
        found: '"reseacher"',
        expected: 'an agent of this environment: researcher, lead',
        fix: "did you mean 'researcher'?",
      },
    ]);
  });
});
