import type { Attributes } from '@opentelemetry/api';
import type { Call } from '../parse/request';
import type { Said } from './content';
import { NAMES } from './names';

/** Calls in which something is said. */
export type Talk = Exclude<Call['kind'], 'housekeeping'>;

const ROLES: Readonly<Record<Said['zone'], string>> = { user: 'user', model: 'assistant', toolResult: 'tool' };

const textOf = ({ value }: Said): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** As the conventions' schemas for messages have them; the role is whose words they are. */
const messages = (said: readonly Said[]): string =>
  JSON.stringify(said.map((one) => ({ role: ROLES[one.zone], parts: [{ type: 'text', content: textOf(one) }] })));

/** What was said, as attributes of the span of its call. */
export function contentOf(call: Talk, asked: readonly Said[], answered: readonly Said[]): Attributes {
  const [input, output, written] =
    call === 'operation'
      ? [NAMES.toolArguments, NAMES.toolResult, (said: readonly Said[]) => said.map(textOf).join('\n')]
      : [NAMES.inputMessages, NAMES.outputMessages, messages];
  return {
    ...(asked.length === 0 ? {} : { [input]: written(asked) }),
    ...(answered.length === 0 ? {} : { [output]: written(answered) }),
  };
}
