import { entry as schema } from '../../../contract';
import { isEntry } from '../../../services/state';
import fc from '../../support/property';
import { decision, outcome } from './example';

const full = decision({
  what: {
    operation: 'tickets.close',
    effect: 'write',
    reach: 'external',
    returns: ['untrusted'],
    model: 'gpt-4o',
    arguments: `sha256:${'a'.repeat(64)}`,
  },
  why: { ...decision().why, askedBy: null, block: 0, sequenceHead: `sha256:${'0'.repeat(64)}`, sequence: 'agent' },
});
const event = {
  ...{ version: 1, id: full.id, time: full.time, environment: 'desk', recorder: { part: 'warden' } },
  ...{ kind: 'event', who: {}, what: { event: 'run.opened', subject: 'run-1' }, why: { reason: '', facts: [] } },
};
const EXAMPLES: readonly object[] = [full, outcome(full), event];

/** What stands at the edges of the schema. */
const STRANGE: readonly unknown[] = [
  ...[undefined, null, true, 0, -1, 1, 0.5, 2 ** 53, 999, 1000, '', 'x', 'warden', 'agent', [], ['untrusted'], {}],
  ...['x'.repeat(512), 'x'.repeat(513), '𝒳'.repeat(512), '𝒳'.repeat(513), 'x'.repeat(2048), 'x'.repeat(2049)],
  ...[`sha256:${'a'.repeat(64)}`, `sha256:${'A'.repeat(64)}`, `sha256:${'a'.repeat(64)}\n`, full.id, full.time],
  ...[Array(256).fill('x'), Array(257).fill('x'), ['untrusted', 'sensitive', 'untrusted'], { __proto__: null, a: 1 }],
];

type Place = readonly string[];
const placesOf = (value: unknown, at: Place = []): Place[] =>
  typeof value !== 'object' || value === null
    ? [at]
    : [...(at.length === 0 ? [] : [at]), ...Object.entries(value).flatMap(([key, v]) => placesOf(v, [...at, key]))];

/** The same with another value at a place, or without it. */
const damaged = (value: unknown, [key, ...rest]: Place, other: unknown): unknown => {
  if (key === undefined) return other;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  const inner = damaged(copy[key], rest, other);
  if (inner === undefined && rest.length === 0) delete copy[key];
  else copy[key] = inner;
  return copy;
};

describe('the compiled schema of entries', () => {
  test.each(EXAMPLES)('accepts what the contract accepts', (example) => {
    expect(schema.safeParse(example).success).toBe(true);
    expect(isEntry(example)).toBe(true);
  });

  test('says of every place and every strange value what the contract says', () => {
    let refused = 0;
    for (const example of EXAMPLES)
      for (const place of [...placesOf(example), ['more'], ['who', 'more'], ['how', '__proto__']])
        for (const other of STRANGE) {
          const value = damaged(example, place, other);
          const { success } = schema.safeParse(value);
          if (!success) refused++;
          expect([place, other, isEntry(value)]).toEqual([place, other, success]);
        }
    expect(refused).toBeGreaterThan(1_000);
  });

  test('says of anything what the contract says', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => isEntry(value) === schema.safeParse(value).success),
      { numRuns: 50 },
    );
  });

  test.each([[undefined], [null], ['decision'], [{ kind: 'constructor' }], [{ kind: ['decision'] }]])(
    '%j is none',
    (value) => expect(isEntry(value)).toBe(false),
  );
});
