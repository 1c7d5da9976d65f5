import type { Reply } from './api';
import type { Control } from './case';

/** What the API server's answer means. */
export type Answer =
  | { readonly kind: 'allowed'; readonly words: string }
  /** Somebody refused, and said who. */
  | { readonly kind: 'refused'; readonly by: Control; readonly words: string }
  /** Every policy before it let it pass; then nobody answered, and it failed closed. */
  | { readonly kind: 'unanswered'; readonly words: string }
  /** The question could not be asked. */
  | { readonly kind: 'unasked'; readonly words: string };

const one = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** Nobody could judge: the webhook is away, or what it asks itself does not answer it. */
const UNANSWERED = /failed calling webhook|admission webhook "ivpol\.[^"]+" denied the request: Policy \S+ error/;

/** Who refused, by the words that each control has of its own. */
const REFUSALS: readonly (readonly [RegExp, (match: RegExpExecArray) => Control])[] = [
  [/ValidatingAdmissionPolicy '([^']+)' with binding/, ([, name = '']) => `ValidatingAdmissionPolicy ${name}`],
  [/violates PodSecurity "/, () => 'Pod Security'],
  [/exceeded quota:/, () => 'ResourceQuota'],
  [
    /admission webhook "ivpol\.[^"]+" denied the request: (?:.*; )?Policy (\S+) failed/,
    ([, name = '']) => `ImageValidatingPolicy ${name}`,
  ],
  [/admission webhook "([^"]+)" denied the request/, ([, name = '']) => `webhook ${name}`],
  [/User "[^"]*" cannot [a-z]+ (resource|path)|attempting to grant RBAC permissions not currently held/, () => 'RBAC'],
];

/**
 * Reads an answer. The control is named with `E` for the environment, as cases name it.
 * @param environment name of the copy
 */
export function answerOf({ ok, status, message }: Reply, environment: string): Answer {
  const words = one(message);
  if (ok) return { kind: 'allowed', words: `status ${status}` };
  if (/cannot impersonate resource/.test(words)) return { kind: 'unasked', words };
  if (UNANSWERED.test(words)) return { kind: 'unanswered', words };
  for (const [pattern, name] of REFUSALS) {
    const match = pattern.exec(words);
    if (match !== null) return { kind: 'refused', by: general(name(match), environment), words };
  }
  if (status === 404) return { kind: 'unasked', words };
  if (status === 422) return { kind: 'refused', by: 'API server', words };
  return { kind: 'refused', by: `status ${status}`, words };
}

const general = (control: Control, environment: string): Control => {
  const [kind = '', name] = control.split(' ');
  return name?.startsWith(`${environment}-`) ? `${kind} E${name.slice(environment.length)}` : control;
};
