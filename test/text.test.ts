import { describe, expect, test } from '@jest/globals';
import { deepFreeze, didYouMean, nearest } from '../lib/text';
import fc from './support/property';

describe('didYouMean', () => {
  const known = ['tickets.search', 'tickets.reply', 'tickets.close', 'crm.customer'];

  test.each([
    ['tickets.serach', 'tickets.search'],
    ['ticket.reply', 'tickets.reply'],
    ['Tickets.Close', 'tickets.close'],
    ['crm.custmer', 'crm.customer'],
    ['crm_customer', 'crm.customer'],
  ])('%s: %s', (word, meant) => {
    expect(didYouMean(word, known)).toBe(`did you mean '${meant}'?`);
  });

  test.each(['', 'x', 'wiki', 'delete everything', 'x'.repeat(1e6)])('nothing near %s', (word) => {
    expect(didYouMean(word, known)).toBeUndefined();
  });

  test('short words are near only by one step', () => {
    expect(nearest('zz', ['ab'])).toBeUndefined();
    expect(nearest('ab', ['ba'])).toBe('ba');
    expect(nearest('tpoe', ['type'])).toBeUndefined();
    expect(nearest('tyep', ['type'])).toBe('type');
    expect(nearest('a', [])).toBeUndefined();
  });

  test('the nearest wins, the first among equals', () => {
    expect(nearest('image', ['images', 'image', 'imago'])).toBe('image');
    expect(nearest('toolz', ['tools', 'toola'])).toBe('tools');
  });

  test('steps may be limited', () => {
    expect(nearest('minLength', ['maxLength'])).toBe('maxLength');
    expect(nearest('minLength', ['maxLength'], 1)).toBeUndefined();
  });

  const word = fc.string({ unit: fc.constantFrom(...'abcd'), minLength: 4, maxLength: 12 });
  test('one slip is always forgiven', () => {
    fc.assert(
      fc.property(word, fc.nat(), fc.constantFrom('drop', 'double', 'swap', 'other'), (meant, n, slip) => {
        const i = n % (meant.length - 1);
        const typed = {
          drop: meant.slice(0, i) + meant.slice(i + 1),
          double: meant.slice(0, i) + meant[i] + meant.slice(i),
          swap: meant.slice(0, i) + meant[i + 1] + meant[i] + meant.slice(i + 2),
          other: `${meant.slice(0, i)}x${meant.slice(i + 1)}`,
        }[slip];
        expect(nearest(typed, [meant])).toBe(meant);
      }),
    );
  });
});

describe('deepFreeze', () => {
  test('freezes all the way down, beyond what is frozen already', () => {
    const inner = { list: [{ a: 1 }] };
    const value = deepFreeze(Object.freeze({ inner }));
    expect([value, value.inner, value.inner.list, value.inner.list[0]].every(Object.isFrozen)).toBe(true);
  });

  test('ends where data does not', () => {
    const value: { self?: unknown } = {};
    value.self = value;
    expect(Object.isFrozen(deepFreeze(value))).toBe(true);
  });

  test.each([null, undefined, 1, 'x'])('leaves %p alone', (value) => {
    expect(deepFreeze(value)).toBe(value);
  });
});
