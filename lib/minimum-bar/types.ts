import type { ObjectView } from './object-view';
import type { View } from './view';

/** One finished object: plain data, as it would be written. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name?: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
  };
  readonly [field: string]: unknown;
}

/** The five layers, by id. */
export const LAYERS = {
  'supply-chain': 'Supply chain',
  runtime: 'Runtime protection',
  identity: 'Identity, authorization, audit',
  people: 'Human in the loop',
  guard: 'Prompt guard and context',
} as const;
export type Layer = keyof typeof LAYERS;

/** One thing that is below the bar. */
export interface Finding {
  readonly rule: string;
  readonly layer: Layer;
  /** `Deployment support-desk-dev/triage`; suppressions name it like this. */
  readonly object: string;
  /** `spec.template.spec.containers[0].image` */
  readonly path: string;
  readonly problem: string;
  readonly why: string;
  readonly fix: string;
}

/** A finding that somebody answers for until a date. */
export type SuppressedFinding = Finding & { readonly reason: string; readonly owner: string; readonly expires: string };

/** What a rule reports; the rest of a {@link Finding} is the rule's own. */
export interface Problem {
  readonly object: Manifest | string;
  readonly path: string;
  readonly problem: string;
  /** @default - the rule's fix */
  readonly fix?: string;
}

/** What a rule is about does not exist here: neither passed nor failed. */
export const NOT_APPLICABLE = Symbol('not applicable');

/** No problems: compliant. Some: below the bar. */
export type Verdict = readonly Problem[] | typeof NOT_APPLICABLE;

/** One rule of the minimum bar: a pure function over the finished objects. */
export interface Rule<V extends ObjectView = View> {
  /** Equals the file name. */
  readonly id: string;
  readonly layer: Layer;
  /** What is wrong when the rule finds something. */
  readonly info: string;
  /** Why it matters. */
  readonly explanation: string;
  /** What to do about it. */
  readonly fix: string;
  readonly check: (view: V) => Verdict;
}

/** `Deployment support-desk-dev/triage` */
export const nameOf = (object: Manifest): string => {
  const { name = '(unnamed)', namespace } = object.metadata ?? {};
  return namespace === undefined ? `${object.kind} ${name}` : `${object.kind} ${namespace}/${name}`;
};
