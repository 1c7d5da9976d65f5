import { z } from 'zod';
import { type Expectation, explained } from './_check';

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const LONGEST = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}
/** The five fields that the CronJob controller reads; a Sunday is 0 and never 7. */
const FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of the month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, names: MONTHS },
  { name: 'day of the week', min: 0, max: 6, names: WEEKDAYS },
];

const numberOf = ({ min, max, names = [] }: Field, word: string): number | undefined => {
  const named = names.indexOf(word.toUpperCase());
  const value = named >= 0 ? named + min : /^\d{1,2}$/.test(word) ? Number(word) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
};

/** What one element of a field's list stands for: `*`, `5`, `1-5`, `8/2`, `MON-FRI`. */
const element = (field: Field, text: string): readonly number[] | undefined => {
  const [, base = '', , step] = /^([^/]+)(\/([1-9]\d?))?$/.exec(text) ?? [];
  const [first = '', last, ...rest] = base.split('-');
  if (rest.length > 0) return undefined;
  const all = base === '*';
  const from = all ? field.min : numberOf(field, first);
  const open = all || (last === undefined && step !== undefined);
  const to = open ? field.max : last === undefined ? from : numberOf(field, last);
  if (from === undefined || to === undefined || from > to) return undefined;
  return Array.from({ length: to - from + 1 }, (_, i) => from + i).filter((n) => (n - from) % Number(step ?? 1) === 0);
};

const valuesOf = (field: Field, text: string): readonly number[] | undefined => {
  const elements = text.split(',').map((part) => element(field, part));
  return elements.includes(undefined) ? undefined : elements.flatMap((values) => values ?? []);
};

const EXAMPLE = "write minute, hour, day, month and weekday: '30 4 * * 1-5'";

/** What is wrong with a schedule; undefined when it comes again and again. */
const scheduleProblem = (text: string): Expectation | undefined => {
  const parts = text.split(' ');
  if (parts.length !== FIELDS.length)
    return { expected: `five fields of cron, one blank between them (there are ${parts.length})`, fix: EXAMPLE };
  const values = FIELDS.map((field, i) => valuesOf(field, parts[i] ?? ''));
  const wrong = values.indexOf(undefined);
  const field = FIELDS[wrong];
  if (field !== undefined)
    return {
      expected: `a ${field.name} from ${field.min} to ${field.max}${field.names === undefined ? '' : ` or ${field.names[0]} to ${field.names.at(-1)}`}: *, 5, 1-5, */2 or a list of them (found '${parts[wrong]}')`,
      fix: EXAMPLE,
    };
  const [, , days = [], months = []] = values;
  const comes = parts[4] !== '*' || months.some((month) => days.some((day) => day <= (LONGEST[month - 1] ?? 0)));
  return comes ? undefined : { expected: 'a day that comes: no such month has that day', fix: EXAMPLE };
};

/**
 * When a CronJob starts, in the five fields of cron that its controller reads: no seconds, no `@daily`, no `TZ=`.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
 */
export const scheduleSchema: z.ZodType<string> = explained(z.string(), scheduleProblem, {
  expected: 'a schedule in the five fields of cron',
  fix: EXAMPLE,
});

const ZONE_FIX = "write a name of the IANA database, such as 'Europe/Berlin'";
const zoneProblem = (zone: string): Expectation | undefined => {
  const none = { expected: 'a time zone of the IANA database', fix: ZONE_FIX };
  if (!/^[A-Z][A-Za-z]*(\/[A-Za-z0-9_+-]+)*$/.test(zone)) return none;
  try {
    const known = new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
    // Here case does not matter; on the nodes of the control plane a zone is the name of a file.
    return known !== zone && known.toLowerCase() === zone.toLowerCase()
      ? { ...none, fix: `did you mean '${known}'?` }
      : undefined;
  } catch {
    return none;
  }
};

/** The time zone of a schedule. */
export const timeZoneSchema: z.ZodType<string> = explained(z.string(), zoneProblem, {
  expected: 'a time zone of the IANA database',
  fix: ZONE_FIX,
});
