import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { Question } from './cedar';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isContext = (value: unknown): boolean => isRecord(value) && value.Var === 'context';

/** Whether something in a policy may look at more of the context than at the run. */
function looksFurther(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(looksFurther);
  if (!isRecord(value)) return false;
  if (isContext(value)) return true;
  return Object.entries(value).some(([operator, inner]) => {
    const ofRun = operator === '.' && isRecord(inner) && isContext(inner.left) && inner.attr === 'run';
    return !ofRun && looksFurther(inner);
  });
}

/** Whether any policy may look at the arguments of a call; when in doubt, yes. */
export const readInput = (policies: readonly PolicyJson[]): boolean => policies.some(looksFurther);

/** Half of a pair is no text to Cedar. */
const isBroken = (value: unknown): boolean => typeof value === 'string' && /\p{Surrogate}/u.test(value);

/** Of an argument, what the validation of a request depends on: its type, and of what has a form of its own, all of it. */
const typeOf = (value: unknown): unknown => {
  if (typeof value === 'string') return '';
  if (typeof value === 'boolean') return false;
  return Number.isSafeInteger(value) ? 0 : { exactly: value };
};

/**
 * What Cedar's answer depends on, of a question that comes again and again: about a model, and about a call where no
 * policy looks at its arguments. Their types still count, because an ill-typed one is a no.
 * @returns undefined where each question is another one
 */
export function wordsOf(question: Question, inputIsRead: boolean): string | undefined {
  if (question.action === 'infer') return JSON.stringify(question);
  if (question.action === 'ask' || inputIsRead) return undefined;
  if (Object.values(question.input).some(isBroken)) return undefined;
  const types = Object.entries(question.input).map(([name, value]) => [name, typeOf(value)]);
  return JSON.stringify({ ...question, input: types });
}
