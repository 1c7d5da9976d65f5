import { randomBytes } from 'node:crypto';
import type { Principal } from '../lib/declaration';
import type { Request } from './requests';
import { ALLOWED, type Expected } from './rules';

/** One thing that somebody tries, and what the declaration says about it. */
export interface Step {
  readonly title: string;
  readonly expected: Expected;
  /** Trace id under which the record has it. */
  readonly trace: string;
  /** The record must name the model turn that asked for it. */
  readonly explained?: true;
  /** The code with which a tunnel ends that was let begin. @default - it is not ended */
  readonly ends?: string;
}
export interface AgentStep extends Step {
  readonly request: Request;
  /** Brings another run's handle than the one that was given. */
  readonly handle?: string;
}

/** One piece of work: somebody asks an agent, or nobody does, and the agent acts. */
export interface Scenario {
  readonly agent: string;
  /** Who asks at the front; undefined: the agent acts on its own. */
  readonly asks?: Step & { readonly as: 'person' | 'stranger' | 'nobody' };
  readonly steps: readonly AgentStep[];
}

/** Whoever may ask the agent, as claims of a token. */
export interface Person {
  readonly subject: string;
  readonly groups: readonly string[];
}
export const personFor = (mayAsk: readonly Principal[]): Person => {
  const [first = ''] = mayAsk;
  const name = first.slice(first.indexOf(':') + 1);
  return first.startsWith('group:') ? { subject: 'developer', groups: [name] } : { subject: name, groups: [] };
};

export const step = (title: string, expected: Expected): Step => ({
  title,
  expected,
  trace: randomBytes(16).toString('hex'),
});

type Ask = NonNullable<Scenario['asks']>;
export const asked = (agent: string, as: Ask['as'], expected = ALLOWED): Ask => ({
  ...step(
    `${{ person: 'a person who may', stranger: 'a stranger', nobody: 'nobody known' }[as]} asks ${agent}`,
    expected,
  ),
  as,
});
