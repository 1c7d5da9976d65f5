import { RE2JS } from 're2js';
import type { GovernorConfig } from '../../../contract/governor';
import { Denial } from '../denial';
import type { Json, JsonObject } from '../parse/json';

type Operation = GovernorConfig['tools'][string]['operations'][string];
type Declared = Exclude<Operation['arguments'], 'any'>;
type Argument = Declared[string];

const invalid = (name: string, expected: string): Denial =>
  new Denial('invalid-argument', `the argument ${JSON.stringify(name)} is not ${expected}`);

const patterns = new Map<string, RE2JS>();
const compiled = (pattern: string): RE2JS => {
  const known = patterns.get(pattern);
  if (known !== undefined) return known;
  const made = RE2JS.compile(pattern);
  patterns.set(pattern, made);
  return made;
};

/** Characters as people count them, not halves of them. */
const lengthOf = (text: string): number => {
  let length = 0;
  for (const _ of text) length++;
  return length;
};

const text = (name: string, argument: Argument, value: Json): string => {
  if (typeof value !== 'string') throw invalid(name, 'a text');
  const { maxLength = 0 } = argument;
  if (lengthOf(value) > maxLength) throw invalid(name, `at most ${maxLength} characters long`);
  if (argument.kind === 'matches') {
    if (argument.pattern === undefined || !compiled(argument.pattern).matches(value))
      throw invalid(name, `a text that matches ${argument.pattern ?? 'its pattern'}`);
  }
  return value;
};

const number = (name: string, argument: Argument, value: Json): number => {
  const { min = Number.NaN, max = Number.NaN } = argument;
  const expected = `${argument.kind === 'integer' ? 'an integer' : 'a number'} from ${min} to ${max}`;
  if (typeof value !== 'number' || !(value >= min && value <= max)) throw invalid(name, expected);
  if (argument.kind === 'integer' && !Number.isSafeInteger(value)) throw invalid(name, expected);
  return value;
};

/** Text of a path or query as the value it was declared to be; undefined where it is not one. */
const fromText = (kind: Argument['kind'], value: Json): Json | undefined => {
  if (typeof value !== 'string') return undefined;
  if (kind === 'boolean') return value === 'true' ? true : value === 'false' ? false : undefined;
  if (kind === 'number' || kind === 'integer')
    return /^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/.test(value) ? Number(value) : undefined;
  return value;
};

const check = (name: string, argument: Argument, value: Json): Json => {
  switch (argument.kind) {
    case 'matches':
    case 'text':
      return text(name, argument, value);
    case 'number':
    case 'integer':
      return number(name, argument, value);
    case 'boolean':
      if (typeof value !== 'boolean') throw invalid(name, 'true or false');
      return value;
    case 'oneOf':
      if (typeof value !== 'string' || !(argument.values ?? []).includes(value))
        throw invalid(name, `one of ${(argument.values ?? []).join(', ')}`);
      return value;
  }
};

/**
 * Arguments as they were declared, with the type they were declared with: an undeclared one, a missing one and an
 * ill-typed one are denied. An internal read that declared none takes any.
 */
export function checkArguments(operation: Operation, given: JsonObject, textual: ReadonlySet<string>): JsonObject {
  const declared = operation.arguments;
  if (declared === 'any') return given;
  for (const name of Object.keys(given))
    if (!Object.hasOwn(declared, name))
      throw new Denial('invalid-argument', `the argument ${JSON.stringify(name.slice(0, 64))} is not declared`);
  return Object.fromEntries(
    Object.entries(declared).flatMap(([name, argument]): [string, Json][] => {
      const sent = Object.hasOwn(given, name) ? given[name] : undefined;
      if (sent === undefined) {
        if (argument.optional === true) return [];
        throw invalid(name, 'there');
      }
      const value = textual.has(name) ? fromText(argument.kind, sent) : sent;
      return [[name, check(name, argument, value ?? null)]];
    }),
  );
}

/** Decimals of Cedar have four digits after the point, and an end. */
const DECIMAL_DIGITS = 4;
const LARGEST_DECIMAL = 922_337_203_685_477;

/** Checked arguments as Cedar's context has them. */
export function cedarInput(operation: Operation, checked: JsonObject): Record<string, unknown> {
  const declared = operation.arguments;
  if (declared === 'any') return {};
  return Object.fromEntries(
    Object.entries(checked).map(([name, value]) => {
      if (declared[name]?.kind !== 'number') return [name, value];
      const decimal = (value as number).toFixed(DECIMAL_DIGITS);
      if (Number(decimal) !== value || Math.abs(value) > LARGEST_DECIMAL)
        throw invalid(name, `a number with at most ${DECIMAL_DIGITS} digits after the point`);
      return [name, { __extn: { fn: 'decimal', arg: decimal } }];
    }),
  );
}
