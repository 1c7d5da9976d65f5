import type { Identity } from './api';
import type { Loose, Subject } from './subject';

/** In which state of the copy a case is tried, in this order. */
export const PHASES = {
  early: 'no admission policy is there yet',
  unguarded: 'the signature policies are absent',
  'in-force': 'every control is in force',
  held: 'the containment record names the agent, and its pod is quarantined',
  weakened: 'a signature policy only audits',
} as const;
export type Phase = keyof typeof PHASES;

/** An object that is there, by kind and name. */
export interface Ref {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** What is asked of the API server. Everything but a connection is a dry run. */
export type Attempt =
  | { readonly verb: 'create'; readonly object: Loose }
  /** What stands there, changed. */
  | {
      readonly verb: 'update';
      readonly ref: Ref;
      readonly change: (object: Loose) => unknown;
      /** @default - the object itself */
      readonly subresource?: string;
    }
  | { readonly verb: 'patch'; readonly ref: Ref; readonly patch: Loose; readonly subresource?: string }
  | { readonly verb: 'delete'; readonly ref: Ref }
  /** Server-side apply of a finished object. */
  | { readonly verb: 'apply'; readonly object: Loose }
  | { readonly verb: 'get'; readonly ref: Ref }
  /** A POST to a subresource: exec, token, eviction. */
  | {
      readonly verb: 'post';
      readonly ref: Ref;
      readonly subresource: string;
      readonly query?: string;
      readonly body?: Loose;
    };

/**
 * A control by its full name, `E` for the environment: `ValidatingAdmissionPolicy E-agent-pods`,
 * `ImageValidatingPolicy E-images`, `Pod Security`, `RBAC`, `ResourceQuota`, `API server`.
 */
export type Control = string;

export const policy = (name: string): Control => `ValidatingAdmissionPolicy E-${name}`;

/** One thing that must be refused by the control named, or must not be. */
export interface Case {
  /** Never changes: reports and documents refer to it. */
  readonly id: string;
  readonly threats: readonly string[];
  /** What must refuse it, or must not stand in its way. */
  readonly control: Control;
  /** Controls that refuse it as well and may be the ones to say so; the API server tells of one alone. @default - none */
  readonly also?: readonly Control[];
  /** What somebody tries, in a few words. */
  readonly what: string;
  readonly expect: 'refused' | 'allowed';
  /** @default 'in-force' */
  readonly phase?: Phase;
  /** @default - whoever runs the proof */
  readonly as?: Identity;
  readonly attempt: Attempt;
  /** In the phase `weakened`: the signature policy that is told to audit meanwhile. @default - none */
  readonly weakens?: string;
  /** Which agent or part it is tried on, where there are several. */
  readonly on?: string;
  /** What the answer must hold where it was allowed; says what is wrong. @default - nothing more */
  readonly holds?: (answer: Loose) => string | undefined;
}

/** The cases of one family for one environment. */
export type Family = (subject: Subject) => readonly Case[];

/** Shortens what all refusals of a family share. */
export const refused = (control: Control, rest: Omit<Case, 'control' | 'expect'>): Case => ({
  control,
  expect: 'refused',
  ...rest,
});
export const allowed = (control: Control, rest: Omit<Case, 'control' | 'expect'>): Case => ({
  control,
  expect: 'allowed',
  ...rest,
});
