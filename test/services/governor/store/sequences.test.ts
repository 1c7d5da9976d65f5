import { type Read, Sequences } from '../../../../services/governor/store/sequences';
import { headAfter } from '../../../../services/state';
import fc from '../../../support/property';
import { event } from './example';

const WINDOW = 1000;
const step = (text: string, at: number) => ({ at, event: event(text, { at }), claims: [] });

/** What a database would have: rows in one chain. */
class Chain {
  readonly rows: (Read & { readonly text: string })[] = [];
  add(text: string, at = 0, taint: readonly string[] = []): string {
    const before = this.rows.at(-1)?.row.head ?? '';
    const index = (this.rows.at(-1)?.row.index ?? -1) + 3;
    const all = [...new Set([...(this.rows.at(-1)?.row.taint ?? []), ...taint])];
    this.rows.push({ text, row: { index, before, head: headAfter(before, text), taint: all }, step: step(text, at) });
    return this.head;
  }
  get head(): string {
    return this.rows.at(-1)?.row.head ?? '';
  }
}

const world = () => {
  const sequences = new Sequences(WINDOW);
  const chain = new Chain();
  const read = (now = 0): void => {
    const from = sequences.from('s', now);
    const first = 'since' in from ? chain.rows.findIndex(({ step: { at } }) => at >= from.since) : -1;
    const rows = chain.rows.filter(({ row }, i) =>
      'after' in from ? row.index > from.after : first === -1 ? i === chain.rows.length - 1 : i >= first,
    );
    sequences.take('s', from, rows, now);
  };
  const calls = (now = 0) => sequences.past('s', now)?.events.map(({ call }) => call);
  return { sequences, chain, read, calls };
};

test('nothing is known before it was read, and then only what is newer is asked for', () => {
  const { sequences, chain, read, calls } = world();
  expect(calls()).toBeUndefined();
  expect(sequences.from('s', 5)).toEqual({ since: 5 - WINDOW });
  chain.add('a');
  read();
  expect(sequences.from('s', 5)).toEqual({ after: chain.rows[0]?.row.index });
  chain.add('b');
  read();
  expect(calls()).toEqual(['a', 'b']);
  expect(sequences.past('s', 0)?.head).toBe(chain.head);
});

test('a clock that went back behind what was read has it read again', () => {
  const { sequences, chain, read, calls } = world();
  chain.add('a', 100);
  chain.add('b', 5000);
  read(5000);
  expect(calls(5000)).toEqual(['b']);
  expect(calls(4000)).toBeUndefined();
  expect(sequences.from('s', 600)).toEqual({ since: 600 - WINDOW });
  read(600);
  expect(calls(600)).toEqual(['a', 'b']);
});

test('what was read before every window still taints', () => {
  const { sequences, chain, read } = world();
  chain.add('a', 0, ['sensitive']);
  chain.add('b', 5000);
  read(5000);
  expect(sequences.past('s', 5000)?.events).toMatchObject([{ at: 0, returns: ['sensitive'] }, { call: 'b' }]);
});

test('another past than the one that was read is refused, and stays refused', () => {
  const { chain, read } = world();
  chain.add('a');
  read();
  chain.rows.splice(0);
  chain.add('x');
  chain.add('b');
  expect(() => read()).toThrow('does not go on');
  expect(() => read()).toThrow('does not go on');
});

describe('what is being recorded', () => {
  test('counts at once, and is the same step when it is read', () => {
    const { sequences, chain, read, calls } = world();
    read();
    sequences.expect('s', 'a', step('a', 0));
    sequences.expect('s', 'b', step('b', 0));
    expect(calls()).toEqual(['a', 'b']);
    const { head } = sequences.past('s', 0)!;
    chain.add('a');
    expect(chain.add('b')).toBe(head);
    read();
    expect(calls()).toEqual(['a', 'b']);
    expect(sequences.past('s', 0)?.head).toBe(head);
  });

  test('is taken back with all that was judged on it', () => {
    const { sequences, chain, read, calls } = world();
    chain.add('z');
    read();
    const withdraw = sequences.expect('s', 'a', step('a', 0));
    sequences.expect('s', 'b', step('b', 0));
    withdraw();
    expect(calls()).toEqual(['z']);
    expect(sequences.past('s', 0)?.head).toBe(chain.head);
    withdraw();
    expect(calls()).toEqual(['z']);
  });

  test('gives way to what another replica recorded', () => {
    const { sequences, chain, read, calls } = world();
    read();
    sequences.expect('s', 'a', step('a', 0));
    chain.add('other');
    read();
    expect(calls()).toEqual(['other']);
    expect(sequences.past('s', 0)?.head).toBe(chain.head);
  });
});

describe('what is remembered', () => {
  const remembered = (sequences: Sequences) => sequences.remembered('s', 0)?.events.map(({ call }) => call);

  test('is what was read, and what this replica added to it', () => {
    const { sequences, chain, read } = world();
    expect(remembered(sequences)).toBeUndefined();
    chain.add('a');
    read();
    sequences.expect('s', 'b', step('b', 0));
    expect(remembered(sequences)).toEqual(['a', 'b']);
    chain.add('b');
    read();
    expect(remembered(sequences)).toEqual(['a', 'b']);
  });

  test('is nothing once somebody else added to the sequence, also after it was forgotten', () => {
    const { sequences, chain, read } = world();
    read();
    chain.add('other');
    expect(remembered(sequences)).toEqual([]);
    read();
    expect(remembered(sequences)).toBeUndefined();
    expect(sequences.past('s', 0)?.events).toHaveLength(1);
    read(5000);
    sequences.take('s', sequences.from('s', 500), chain.rows, 500);
    expect(remembered(sequences)).toBeUndefined();
  });

  test('is read again after 16 steps, and forgotten after 512 that nobody asked for', () => {
    const { sequences, chain, read } = world();
    read();
    const add = (text: string): void => {
      sequences.expect('s', text, step(text, 0));
      chain.add(text);
    };
    for (let i = 0; i < 15; i++) add(`step ${i}`);
    expect(remembered(sequences)).toHaveLength(15);
    add('one more');
    expect(remembered(sequences)).toBeUndefined();
    read();
    expect(remembered(sequences)).toHaveLength(16);
    for (let i = 0; i < 512; i++) add(`unread ${i}`);
    expect(sequences.past('s', 0)?.head).toBe(chain.head);
    add('too many');
    expect(sequences.past('s', 0)).toBeUndefined();
  });
});

test('however it is read, extended and shortened, what is known is what the database has', () => {
  const move = fc.oneof(
    fc.record({ kind: fc.constant('add' as const), at: fc.nat(3000) }),
    fc.record({ kind: fc.constant('read' as const), at: fc.nat(3000) }),
    fc.record({ kind: fc.constant('expect' as const), at: fc.nat(3000) }),
  );
  fc.assert(
    fc.property(fc.array(move, { maxLength: 30 }), fc.nat(3000), (moves, end) => {
      const { sequences, chain, read, calls } = world();
      moves.forEach(({ kind, at }, i) => {
        if (kind === 'add') chain.add(`step ${i}`, at);
        else if (kind === 'read') read(at);
        else sequences.expect('s', `lost ${i}`, step(`lost ${i}`, at))();
      });
      read(end);
      const known = calls(end) ?? [];
      const all = chain.rows.map(({ text }) => text);
      expect(all.slice(all.length - known.length)).toEqual(known);
      const needed = chain.rows.filter(({ step: { at } }) => at >= end - WINDOW).map(({ text }) => text);
      expect(known).toEqual(expect.arrayContaining(needed));
      expect(sequences.past('s', end)?.head).toBe(chain.head);
    }),
    { numRuns: 100 },
  );
});

test('memory is bounded, and what was forgotten is read again', () => {
  const sequences = new Sequences(WINDOW);
  const chain = new Chain();
  for (let i = 0; i < 400; i++) chain.add(`step ${i}`);
  for (let i = 0; i < 300; i++) sequences.take(`s${i}`, { since: -WINDOW }, chain.rows, 0);
  expect(sequences.past('s0', 0)).toBeUndefined();
  expect(sequences.past('s299', 0)?.events).toHaveLength(400);
});
