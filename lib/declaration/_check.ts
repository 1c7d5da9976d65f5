import { z } from 'zod';

export { looksLikeSecret } from './_show';

/** What a failed check tells, beside the value found. */
export interface Expectation {
  readonly expected: string;
  readonly fix: string;
}

/** What a schema says about every value that is not of its shape at all: missing, of another type, of no known kind. */
const SAYS = new WeakMap<object, Expectation>();

/** Gives a schema its own words. */
export function says<S extends z.ZodType>(schema: S, expectation: Expectation): S {
  SAYS.set(schema, expectation);
  return schema;
}

/** What a schema was given as its own words. */
export const wordsOf = (schema: object): Expectation | undefined => SAYS.get(schema);

/** A value that factories make. @param what it is @param factories what a user writes */
export const made = <S extends z.ZodType>(schema: S, what: string, factories: string): S =>
  says(schema, { expected: `${what}, made by its factory`, fix: `write ${factories}` });

/** A check of one value that speaks in Firepit's own words instead of the validator's. */
export function checked<T>(schema: z.ZodType<T>, test: (value: T) => boolean, expectation: Expectation): z.ZodType<T> {
  return explained(schema, (value) => (test(value) ? undefined : expectation), expectation);
}

/** A check that says what is wrong with this very value. @param otherwise what it says when the type is wrong */
export function explained<T>(
  schema: z.ZodType<T>,
  problem: (value: T) => Expectation | undefined,
  otherwise: Expectation,
): z.ZodType<T> {
  const refined = schema.superRefine((value, ctx) => {
    const wrong = problem(value);
    if (wrong !== undefined) ctx.addIssue({ code: 'custom', message: wrong.expected, params: { fix: wrong.fix } });
  });
  return says(refined, SAYS.get(schema) ?? otherwise);
}

/** A string of one shape. */
export const text = (pattern: RegExp, expectation: Expectation): z.ZodType<string> =>
  checked(z.string(), (value) => pattern.test(value), expectation);

/** A line of prose, for people. */
export const prose = (min: number, max: number, what: string, example: string): z.ZodType<string> =>
  checked(z.string(), (value) => value.trim().length >= min && value.length <= max && !/\p{C}/u.test(value), {
    expected: `${what}, one line of ${min} to ${max} characters`,
    fix: `write something like '${example}'`,
  });

/** A whole number between two bounds, both allowed. */
export const whole = (min: number, max: number): z.ZodType<number> =>
  checked(z.number(), (value) => Number.isSafeInteger(value) && value >= min && value <= max, {
    expected: `a whole number from ${min} to ${max}`,
    fix: 'use a number in that range',
  });

/** A TCP port. */
export const port = whole(1, 65535);

const DNS_LABEL = /^[a-z]([a-z0-9-]*[a-z0-9])?$/;

/** A name that becomes part of Kubernetes object names. */
export const name = (maxLength: number): z.ZodType<string> =>
  checked(z.string(), (value) => DNS_LABEL.test(value) && value.length <= maxLength, {
    expected: `a DNS label: lower-case ASCII letters, digits and '-', starting with a letter, at most ${maxLength} characters`,
    fix: 'choose a name like support-desk',
  });

/** The name of a Kubernetes object that exists already. */
export const dnsLabel = text(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/, {
  expected: "a Kubernetes name: lower-case ASCII letters, digits and '-'",
  fix: 'copy the name from the cluster',
});

const ownName = (maxLength: number): z.ZodType<string> =>
  checked(z.string(), (key) => DNS_LABEL.test(key.toLowerCase().replaceAll('_', '-')) && key.length <= maxLength, {
    expected: `a name of ASCII letters, digits, '-' and '_', starting with a letter and ending with a letter or digit, at most ${maxLength} characters`,
    fix: 'rename it',
  });

/** A record whose keys are names of the user's own. */
export const named = <T>(
  value: z.ZodType<T>,
  maxLength: number,
  expectation: Expectation,
): z.ZodType<Record<string, T>> => says(z.record(ownName(maxLength), value), expectation);

/** A list; an empty one is an explicit statement. */
export const list = <T>(
  value: z.ZodType<T>,
  bounds: { readonly min?: number; readonly max?: number },
  what: string,
): z.ZodType<T[]> => {
  const { min = 0, max = Number.POSITIVE_INFINITY } = bounds;
  const size = `${what}${min > 0 ? `, at least ${min}` : ''}${Number.isFinite(max) ? `, at most ${max}` : ''}`;
  return explained(
    z.array(value),
    ({ length }) =>
      length >= min && length <= max
        ? undefined
        : { expected: size, fix: length < min ? 'add what belongs here' : 'split it, or name fewer' },
    { expected: size, fix: min > 0 ? 'write it as a list: […]' : 'write it as a list; [] says that there is none' },
  );
};

/** The path of a URL, as it goes over the wire. */
export const urlPath = (example: string): z.ZodType<string> =>
  checked(z.string(), (value) => /^\/[A-Za-z0-9._~/-]{0,255}$/.test(value) && !/\/\.{1,2}(\/|$)|\/\//.test(value), {
    expected: 'an absolute path, without query, wildcard or dot segments',
    fix: `write it as ${example}`,
  });

/** Labels, as Kubernetes selects them. */
export const labels: z.ZodType<Record<string, string>> = says(
  z.record(
    text(/^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/, {
      expected: 'the key of a Kubernetes label',
      fix: "write it as 'app.kubernetes.io/name'",
    }),
    text(/^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/, {
      expected: 'the value of a Kubernetes label',
      fix: 'copy it from the pods',
    }),
  ),
  { expected: 'labels of pods', fix: "write it as { 'app.kubernetes.io/name': 'postgres' }" },
);
