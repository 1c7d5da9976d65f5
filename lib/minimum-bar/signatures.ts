import type { Signer } from '../declaration';
import { CelError, cel, Scope } from './cel';
import type { AdmissionRequest } from './match';
import { constraintsMatch } from './match';
import type { Manifest } from './types';
import { at, type Data, record, records, string, strings } from './values';
import type { View } from './view';

/**
 * Kyverno's ImageValidatingPolicy (policies.kyverno.io/v1), played on paper as its evaluator works: images are
 * extracted, filtered by matchImageReferences, then judged; what `required` policies matched must have been verified.
 */

/** Who signed an image; undefined: nobody. */
export type Signed = (image: string) => Signer | undefined;

export const imagePolicies = (view: View): readonly Manifest[] =>
  view.all('policies.kyverno.io', 'ImageValidatingPolicy');

const matchesPattern = (exact: unknown, pattern: unknown, value: string): boolean => {
  if (string(exact) !== undefined) return exact === value;
  if (string(pattern) === undefined) return true;
  try {
    return new RegExp(string(pattern) ?? '').test(value);
  } catch {
    return true;
  }
};

/** Whether an attestor would accept what a signer signed. One that this reader does not know accepts everything. */
export function accepts(attestor: unknown, signer: Signer): boolean {
  const cosign = record(record(attestor).cosign);
  if (
    Object.keys(cosign).some((k) => !['keyless', 'key', 'ctlog'].includes(k)) ||
    record(attestor).notary !== undefined
  )
    return true;
  const { keyless, key, ctlog } = cosign;
  if (key !== undefined) return signer.kind === 'key' && at(key, 'data') === signer.publicKey;
  // Without the log nobody knows when a short-lived certificate signed.
  if (at(ctlog, 'insecureIgnoreTlog') === true || at(ctlog, 'insecureIgnoreSCT') === true) return true;
  if (signer.kind !== 'keyless' || at(ctlog, 'url') !== signer.rekorUrl) return keyless === undefined;
  if (Object.keys(record(keyless)).some((k) => k !== 'identities')) return true;
  return records(record(keyless).identities).some(
    (i) =>
      i.subjectExpression !== undefined ||
      (matchesPattern(i.issuer, i.issuerRegExp, signer.issuer) &&
        matchesPattern(i.subject, i.subjectRegExp, signer.subject)),
  );
}

const globs = new Map<string, RegExp>();
const glob = (pattern: string): RegExp => {
  const known = globs.get(pattern);
  if (known !== undefined) return known;
  if (globs.size > 256) globs.clear();
  const compiled = compile(pattern);
  globs.set(pattern, compiled);
  return compiled;
};
const compile = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*/g, '.*')
      .replace(/\?/g, '.')}$`,
  );

const inScope = (spec: Data, image: string): boolean => {
  const references = records(spec.matchImageReferences);
  if (references.length === 0) return true;
  return references.some((r) => {
    const pattern = string(r.glob);
    if (pattern !== undefined) return glob(pattern).test(image);
    return cel(string(r.expression) ?? 'false')(new Scope({ ref: image })) === true;
  });
};

const imagesOf = (value: unknown): readonly string[] => strings(records(value).map((c) => c.image));

type Images = Readonly<Record<string, readonly string[]>>;

/** Images of a pod as one policy sees them, remembered: the same pod is judged with many signers. */
const imagesSeen = (view: View, policy: Manifest, pod: Data): Images => {
  const seen = view.once('images seen', () => new WeakMap<Data, Map<Manifest, Images>>());
  const ofPod = seen.get(pod) ?? new Map<Manifest, Images>();
  const images = ofPod.get(policy) ?? extracted(record(policy.spec), pod);
  ofPod.set(policy, images);
  seen.set(pod, ofPod);
  return images;
};

const extracted = (spec: Data, pod: Data): Images => {
  const podSpec = record(pod.spec);
  const scope = new Scope({ object: pod });
  const own = Object.fromEntries(
    records(spec.images).map((e) => [
      string(e.name) ?? '',
      strings(cel(string(e.expression) ?? '[]')(scope) as unknown),
    ]),
  );
  const all = {
    containers: imagesOf(podSpec.containers),
    initContainers: imagesOf(podSpec.initContainers),
    ephemeralContainers: imagesOf(podSpec.ephemeralContainers),
    ...own,
  };
  return Object.fromEntries(Object.entries(all).map(([k, v]) => [k, v.filter((image) => inScope(spec, image))]));
};

interface Judgement {
  readonly denies: boolean;
  readonly matched: readonly string[];
  readonly required: boolean;
}

const enforces = (spec: Data): boolean =>
  (spec.failurePolicy === undefined || spec.failurePolicy === 'Fail') &&
  (spec.validationActions === undefined || strings(spec.validationActions).includes('Deny')) &&
  at(spec, 'evaluation', 'admission', 'enabled') !== false &&
  [undefined, 'Kubernetes'].includes(at(spec, 'evaluation', 'mode') as string | undefined) &&
  spec.matchConditions === undefined;

const holds = (expression: unknown, scope: Scope): boolean => {
  try {
    return cel(string(expression) ?? 'false')(scope) === true;
  } catch (error) {
    // An error denies; an expression nobody can read counts for nothing.
    if (error instanceof CelError) return error.constructor !== CelError;
    throw error;
  }
};

const judge = (view: View, policy: Manifest, pod: Data, signed: Signed, verified: Set<string>): Judgement => {
  const spec = record(policy.spec);
  const images = imagesSeen(view, policy, pod);
  const matched = Object.values(images).flat();
  const settings = record(spec.validationConfigurations);
  const attestors = Object.fromEntries(records(spec.attestors).map((a) => [string(a.name) ?? '', a]));
  const verify = (image: string, list: readonly Data[]): number => {
    verified.add(image);
    const signer = signed(image);
    return signer === undefined ? 0 : list.filter((a) => accepts(a, signer)).length;
  };
  const scope = new Scope({ object: pod, images, attestors, 'verifyImageSignatures()': verify });
  const undigested = settings.verifyDigest !== false && matched.some((image) => !image.includes('@sha256:'));
  return {
    denies: undigested || records(spec.validations).some((v) => !holds(v.expression, scope)),
    matched,
    required: settings.required !== false,
  };
};

/** Policies that look at new pods of a namespace; those that look at labels as well are asked each time. */
const inForce = (view: View, request: AdmissionRequest): readonly Manifest[] => {
  const all = imagePolicies(view).filter((p) => enforces(record(p.spec)));
  const looks = (p: Manifest): boolean =>
    constraintsMatch(record(p.spec).matchConstraints, request, view.namespaceLabels);
  const labelled = all.some((p) => record(record(p.spec).matchConstraints).objectSelector !== undefined);
  return labelled ? all.filter(looks) : view.once(`signatures in ${request.namespace}`, () => all.filter(looks));
};

/** Policies that look at the same new pod. More than one, and Kyverno 1.19 locks itself out and answers nothing. */
export const signatureJudges = (view: View, request: AdmissionRequest): readonly Manifest[] => inForce(view, request);

/** Whether the signature policies of the environment refuse a new pod, given who signed its images. */
export function signaturesRefuse(view: View, request: AdmissionRequest, signed: Signed): boolean {
  const verified = new Set<string>();
  const judgements = inForce(view, request).map((p) => judge(view, p, request.object ?? {}, signed, verified));
  return judgements.some((j) => j.denies || (j.required && j.matched.some((image) => !verified.has(image))));
}
