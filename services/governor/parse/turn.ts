import { Denial } from '../denial';
import { isObject, type Json, type JsonObject, parseJson } from './json';
import type { ToolUse } from './request';

/** What a model answered, as far as it passed us. */
export interface Turn {
  readonly model?: string;
  readonly texts: readonly string[];
  /** What the model wants to call, complete blocks alone. */
  readonly toolUses: readonly ToolUse[];
  readonly usage?: { readonly input: number; readonly output: number };
  readonly stop?: string;
}

export const badAnswer = (what: string): Denial => new Denial('malformed-answer', what);

/** An event stream of a model, read piece by piece. */
export interface TurnStream {
  /** Throws on what its protocol does not have. */
  event(name: string | undefined, data: string): void;
  /** What was complete when the stream ended. */
  end(): Turn;
}

export const field = (value: Json | undefined, key: string): Json | undefined =>
  isObject(value) ? value[key] : undefined;
export const textOf = (value: Json | undefined, what: string): string => {
  if (typeof value !== 'string') throw badAnswer(`${what} is not a text`);
  return value;
};
export const objectOf = (value: Json | undefined, what: string): JsonObject => {
  if (!isObject(value)) throw badAnswer(`${what} is not an object`);
  return value;
};
export const arrayOf = (value: Json | undefined, what: string): readonly Json[] => {
  if (!Array.isArray(value)) throw badAnswer(`${what} is not a list`);
  return value;
};

/** JSON of an upstream: as strict as that of an agent, told as the upstream's fault. */
export function answerJson(text: string, maxDepth: number): Json {
  try {
    return parseJson(text, maxDepth);
  } catch (error) {
    throw badAnswer(error instanceof Denial ? error.detail : 'not JSON');
  }
}

/** Arguments that came as text, whole: JSON of an object, or nothing at all. */
export const argumentsOf = (text: string, maxDepth: number): JsonObject =>
  text.trim() === '' ? {} : objectOf(answerJson(text, maxDepth), 'arguments of a tool call');

const tokens = (value: Json | undefined): number => (typeof value === 'number' && value >= 0 ? value : 0);
/** Token counts, by the names that a provider has for them. */
export const usageOf = (value: Json | undefined, input: string, output: string): Turn['usage'] =>
  isObject(value) ? { input: tokens(value[input]), output: tokens(value[output]) } : undefined;
