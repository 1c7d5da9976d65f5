import { describe, expect, test } from '@jest/globals';
import { parse } from '../../lib/declaration/_explain';
import { scheduleSchema, timeZoneSchema } from '../../lib/declaration/schedule';
import { refusal } from './_data';

const schedule = (text: unknown) => refusal(() => parse(scheduleSchema, text, 'schedule'))?.[0]?.expected;
const zone = (text: unknown) => refusal(() => parse(timeZoneSchema, text, 'zone'))?.[0];

describe('a schedule', () => {
  test.each([
    '* * * * *',
    '30 4 * * 1-5',
    '*/15 0-6,22,23 1,15 * *',
    '0 0 29 2 *',
    '5/10 * * jan-MAR SUN,sat',
    '59 23 31 12 6',
    '0 0 31 2 1',
  ])("'%s' is one that the controller reads", (text) => {
    expect(schedule(text)).toBeUndefined();
  });

  test.each([
    ['', /five fields .* \(there are 1\)/],
    ['* * * *', /five fields .* \(there are 4\)/],
    ['0 30 4 * * 1', /five fields .* \(there are 6\)/],
    ['30  4 * * 1', /five fields/],
    ['@daily', /five fields/],
    ['@every 1h', /five fields/],
    ['TZ=UTC 30 4 * * 1', /five fields/],
    ['60 * * * *', /a minute from 0 to 59: .* \(found '60'\)/],
    ['* 24 * * *', /an? hour from 0 to 23/],
    ['* * 0 * *', /a day of the month from 1 to 31/],
    ['* * * 13 *', /a month from 1 to 12 or JAN to DEC/],
    ['* * * * 7', /a day of the week from 0 to 6 or SUN to SAT/],
    ['* * L * *', /a day of the month/],
    ['*/0 * * * *', /a minute/],
    ['5-1 * * * *', /a minute/],
    ['1-2-3 * * * *', /a minute/],
    ['1, * * * *', /a minute/],
    ['-1 * * * *', /a minute/],
    ['* * * * MONDAY', /a day of the week/],
    ['0 0 30 2 *', /a day that comes/],
    ['0 0 31 4,6 *', /a day that comes/],
    [5, /the five fields of cron/],
    [undefined, /the five fields of cron/],
  ])('%p is none', (text, expected) => {
    expect(schedule(text)).toMatch(expected);
  });
});

describe('a time zone', () => {
  test.each(['Etc/UTC', 'UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+3'])('%s is one', (name) => {
    expect(zone(name)).toBeUndefined();
  });

  test.each(['', 'Local', 'Berlin', 'Europe/Atlantis', '+02:00', '../etc/passwd', 'Europe/../Berlin', 7])(
    '%p is none',
    (name) => {
      expect(zone(name)?.expected).toBe('a time zone of the IANA database');
    },
  );

  test('in the wrong case names a file that is not there', () => {
    expect(zone('Europe/berlin')?.fix).toBe("did you mean 'Europe/Berlin'?");
  });
});
