import type { Attributes } from '@opentelemetry/api';
import type { Call } from '../parse/request';
import type { Said } from './content';
import { NAMES } from './names';

/** Calls in which something is said. */
export type Talk = Exclude<Call['kind'], 'housekeeping'>;

const ROLES: Readonly<Record<Said['zone'], string>> = { user: 'user', model: 'assistant', toolResult: 'tool' };

const textOf = ({ value }: Said): string => (typeof value === 'string' ? value : JSON.stringify(value));
const part = (said: Said): object => ({ type: 'text', content: textOf(said) });

/** What was said, under one name or none; as the conventions' schemas for messages have it, or as a tool has it. */
const under = (
  name: string,
  said: readonly Said[],
  written: (said: readonly Said[]) => object[] | string,
): Attributes => {
  if (said.length === 0) return {};
  const value = written(said);
  return { [name]: typeof value === 'string' ? value : JSON.stringify(value) };
};
const lines = (said: readonly Said[]): string => said.map(textOf).join('\n');
const asMessages = (said: readonly Said[]): object[] =>
  said.map((one) => ({ role: ROLES[one.zone], parts: [part(one)] }));

/**
 * What was said, as attributes of the span of its call.
 * @param finish why whoever answered stopped
 */
export const contentOf = (call: Talk, asked: readonly Said[], answered: readonly Said[], finish: string): Attributes =>
  call === 'operation'
    ? { ...under(NAMES.toolArguments, asked, lines), ...under(NAMES.toolResult, answered, lines) }
    : {
        ...under(NAMES.inputMessages, asked, asMessages),
        ...under(NAMES.outputMessages, answered, (said) => [
          { role: ROLES.model, parts: said.map(part), finish_reason: finish },
        ]),
      };
