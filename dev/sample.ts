import { RE2JS } from 're2js';
import type { Argument, Operation } from '../lib/declaration/operation';

/** Reads one piece of a pattern at a time, and writes the shortest text that it stands for. */
class Sampler {
  private at = 0;
  constructor(private readonly pattern: string) {}

  /** The first of some alternatives, up to the end or to a closing bracket. */
  alternatives(): string {
    const first = this.sequence();
    while (this.pattern[this.at] === '|') {
      this.at++;
      this.sequence();
    }
    return first;
  }

  private sequence(): string {
    let out = '';
    while (this.at < this.pattern.length && !'|)'.includes(this.pattern[this.at] as string)) {
      const piece = this.piece();
      out += piece.repeat(this.times());
    }
    return out;
  }

  private piece(): string {
    const char = this.pattern[this.at++] as string;
    if (char === '^' || char === '$') return '';
    if (char === '.') return 'x';
    if (char === '[') return this.ofClass();
    if (char === '\\') return this.escaped();
    if (char !== '(') return char;
    const [head = ''] = /^\?(?:[imsU]*:|P?<\w+>)/.exec(this.pattern.slice(this.at)) ?? [];
    this.at += head.length;
    const inner = this.alternatives();
    this.at++;
    return inner;
  }

  private escaped(): string {
    const char = this.pattern[this.at++] ?? '';
    return { d: '1', w: 'x', s: ' ', D: 'x', W: '-', S: 'x', b: '', A: '', z: '' }[char] ?? char;
  }

  private ofClass(): string {
    const end = this.pattern.indexOf(']', this.at + 1);
    const text = this.pattern.slice(this.at, end + 1);
    this.at = end + 1;
    const members = RE2JS.compile(`[${text}`);
    return [...'1axA-_ .@/0'].find((char) => members.matches(char)) ?? text[0] ?? '';
  }

  private times(): number {
    const rest = this.pattern.slice(this.at);
    const [whole = '', mark = '', least] = /^(?:([*+?])|\{(\d+)(?:,\d*)?\})\??/.exec(rest) ?? [];
    this.at += whole.length;
    return least !== undefined ? Number(least) : mark === '*' || mark === '?' ? 0 : 1;
  }
}

/** A text that a pattern matches; undefined where none was found. */
export function textFor(pattern: string): string | undefined {
  const text = new Sampler(pattern).alternatives();
  return RE2JS.compile(pattern).matches(text) ? text : undefined;
}

/** A value that an argument may have; undefined where none was found. */
function valueFor(argument: Argument): unknown {
  switch (argument.kind) {
    case 'matches':
      return textFor(argument.pattern);
    case 'text':
      return 'Thank you, we look into it.'.slice(0, argument.maxLength);
    case 'number':
    case 'integer':
      return argument.min;
    case 'boolean':
      return true;
    case 'oneOf':
      return argument.values[0];
  }
}

const CHARACTERS = [...'1234567890abcdefghijklmnopqrstuvwxyz'];

/** Different texts that a pattern matches, as many as were found up to a count: one example, with more or other ends. */
function textsFor(pattern: string, count: number): readonly string[] {
  const first = textFor(pattern);
  if (first === undefined) return [];
  const matching = RE2JS.compile(pattern);
  const longer = Array.from({ length: count }, (_, i) => `${first}${i}`);
  const other = Array.from(first, (_, i) =>
    CHARACTERS.map((char) => `${first.slice(0, i)}${char}${first.slice(i + 1)}`),
  ).flat();
  return [...new Set([first, ...longer, ...other].filter((text) => matching.matches(text)))].slice(0, count);
}

/** Different values that an argument may have, as many as were found up to a count. */
export function valuesFor(argument: Argument, count: number): readonly unknown[] {
  const numbers = (min: number, max: number): number[] =>
    Array.from({ length: Math.max(0, Math.min(count, Math.floor(max - min) + 1)) }, (_, i) => min + i);
  switch (argument.kind) {
    case 'matches':
      return textsFor(argument.pattern, count);
    case 'text':
      return numbers(1, 10 ** Math.min(argument.maxLength, 6) - 1).map(String);
    case 'number':
    case 'integer':
      return numbers(argument.min, argument.max);
    case 'boolean':
      return [true, false].slice(0, count);
    case 'oneOf':
      return argument.values.slice(0, count);
  }
}

/** Arguments with which an operation may be called; undefined where none were found. */
export function argumentsFor({ arguments: declared = {} }: Operation): Record<string, unknown> | undefined {
  const values = Object.entries(declared).flatMap(([name, argument]): [string, unknown][] =>
    argument.optional === true ? [] : [[name, valueFor(argument)]],
  );
  return values.some(([, value]) => value === undefined) ? undefined : Object.fromEntries(values);
}
