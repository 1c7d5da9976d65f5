import { z } from 'zod';
import { checked, made } from './_check';

/** A span of time. Plain data: whole seconds. */
export interface Duration {
  readonly seconds: number;
}

/** Makes {@link Duration}s. */
export const Duration = {
  /** So many seconds. */
  seconds: (n: number): Duration => ({ seconds: n }),
  /** So many minutes. */
  minutes: (n: number): Duration => ({ seconds: n * 60 }),
  /** So many hours. */
  hours: (n: number): Duration => ({ seconds: n * 3600 }),
  /** So many days of 24 hours. */
  days: (n: number): Duration => ({ seconds: n * 86400 }),
} as const;

/** A duration between two bounds, both in seconds and both allowed. */
export const durationSchema = (min: number, max: number): z.ZodType<Duration> =>
  made(
    z.strictObject({
      seconds: checked(z.number(), (seconds) => Number.isInteger(seconds) && seconds >= min && seconds <= max, {
        expected: `whole seconds from ${min} to ${max} (${showSpan(min)} to ${showSpan(max)})`,
        fix: 'use a Duration in that range, such as Duration.minutes(10)',
      }),
    }),
    'a duration',
    'Duration.minutes(10)',
  );

/** Seconds in the largest unit that is whole: `10 min`. */
export const showSpan = (s: number): string =>
  s % 86400 === 0 ? `${s / 86400} d` : s % 3600 === 0 ? `${s / 3600} h` : s % 60 === 0 ? `${s / 60} min` : `${s} s`;
