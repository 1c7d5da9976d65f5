import { describe, expect, test } from '@jest/globals';
import { problems } from '../../lib/declaration/_explain';
import { Duration, durationSchema } from '../../lib/declaration/duration';

test('durations are whole seconds', () => {
  expect([Duration.seconds(7), Duration.minutes(2), Duration.hours(1), Duration.days(1)]).toEqual(
    [7, 120, 3600, 86400].map((seconds) => ({ seconds })),
  );
});

describe('a duration from 30 seconds to 7 days', () => {
  const refused = (value: unknown): string[] => problems(durationSchema(30, 604800), value).map((f) => f.expected);

  test.each([30, 31, 604799, 604800])('may be %d seconds', (seconds) => {
    expect(refused({ seconds })).toEqual([]);
  });

  test.each([29, 0, -0, -30, 604801, 30.5, 1e308, Number.NaN, Number.POSITIVE_INFINITY, '60', null, undefined])(
    'may not be %p seconds',
    (seconds) => {
      expect(refused({ seconds })).toEqual(['whole seconds from 30 to 604800 (30 s to 7 d)']);
    },
  );

  test.each([60, '60', null, []])('is made by its factory, not %p', (value) => {
    expect(refused(value)).toEqual(['a duration, made by its factory']);
  });

  test('says its bounds in the largest unit that fits', () => {
    const says = (min: number, max: number): string | undefined =>
      problems(durationSchema(min, max), { seconds: -1 })[0]?.expected;
    expect(says(1, 86400)).toBe('whole seconds from 1 to 86400 (1 s to 1 d)');
    expect(says(90, 7200)).toBe('whole seconds from 90 to 7200 (90 s to 2 h)');
    expect(says(60, 61)).toBe('whole seconds from 60 to 61 (1 min to 61 s)');
  });
});
