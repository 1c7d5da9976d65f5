/** One failed check of a judge, about one object. */
export interface Finding {
  /** The judge's own name for the check: `CKV_K8S_43`. */
  readonly check: string;
  /** As `objectKey` writes it: `Deployment support-desk-dev/triage`. */
  readonly object: string;
  readonly message: string;
}

/** What a judge says about a set of objects. */
export interface Verdict {
  /** Checks that passed; undefined where the judge does not count them. */
  readonly passed: number | undefined;
  readonly failed: readonly Finding[];
}

/** Somebody else's program that judges manifests by rules we did not write. */
export interface Judge {
  readonly name: string;
  /** The pinned version, or `as found` for one that is taken from the machine. */
  readonly version: string;
  /** Where its program is; undefined: not on this machine. Installs what can be installed. */
  program(): Promise<string | undefined>;
  judge(program: string, subject: Subject): Verdict;
}

/** Any Kubernetes object. */
// biome-ignore lint/suspicious/noExplicitAny: judged objects are anybody's
export type Manifest = any;

/** Objects to judge, as files of one object each. */
export interface Subject {
  readonly folder: string;
  readonly files: readonly string[];
  readonly objects: readonly Manifest[];
  /** The object a file holds, by the file's name or path. */
  objectOf(file: string): string;
}

/** Names an object for people: `Deployment support-desk-dev/triage`, `ClusterRole viewer`. */
export const objectKey = (kind: string, name: string, namespace?: string): string =>
  namespace === undefined || namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;

/** A judge that did not answer as it should has judged nothing. */
export class JudgeError extends Error {}
