import { OTHER } from './names';

/** Why models stop, in the words of the Messages and Chat Completions APIs. */
const REASONS: ReadonlySet<string> = new Set([
  ...['end_turn', 'max_tokens', 'stop_sequence', 'tool_use', 'pause_turn', 'refusal', 'model_context_window_exceeded'],
  ...['stop', 'length', 'tool_calls', 'function_call', 'content_filter'],
]);

/** A provider's word as it may leave: one of those that are known. */
export const finishReason = (said: string): string => (REASONS.has(said) ? said : OTHER);

/** What providers put behind a name when they say which version answered. */
const VERSION = /^-\d[\d-]{0,15}$/;

/** The model that says it answered: the one that was asked, a version of it, or another one, which stays unnamed. */
export function responseModel(asked: string, said: string): string {
  const family = asked.replace(/-latest$/, '');
  const named = said === asked || (said.startsWith(family) && VERSION.test(said.slice(family.length)));
  return named ? said : OTHER;
}
