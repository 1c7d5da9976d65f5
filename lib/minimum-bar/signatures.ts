import type { Signer } from '../declaration';
import { CelError, cel, Scope } from './cel';
import type { AdmissionRequest } from './match';
import { constraintsMatch } from './match';
import type { Manifest } from './types';
import { at, type Data, record, records, same, string, strings } from './values';
import type { View } from './view';

/**
 * Kyverno's ImageValidatingPolicy (policies.kyverno.io/v1), played on paper as its evaluator works: images are
 * extracted, filtered by matchImageReferences, then judged; what `required` policies matched must have been verified.
 */

/** Who signed an image; undefined: nobody. */
export type Signed = (image: string) => Signer | undefined;

/** What was attested of an image, by the type of predicate: who signed it, and what it says; undefined: nothing. */
export type Attested = (
  image: string,
  type: string,
) => { readonly signer: Signer; readonly statement: Data } | undefined;

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

/** The Sigstore that an attestor, or a signer, belongs to; undefined: the public one. */
const instanceOf = (cosign: Data): Data | undefined =>
  cosign.tuf === undefined && cosign.trustedRoot === undefined
    ? undefined
    : {
        mirror: at(cosign, 'tuf', 'mirror'),
        root: at(cosign, 'tuf', 'root', 'data'),
        trustedRoot: at(cosign, 'trustedRoot', 'value'),
      };
const instanceOfSigner = (signer: Signer): Data | undefined =>
  signer.kind === 'privateSigstore'
    ? {
        mirror: signer.tufMirror,
        root: Buffer.from(signer.tufRoot).toString('base64'),
        trustedRoot: signer.trustedRoot,
      }
    : undefined;

const READABLE: Readonly<Record<string, readonly string[]>> = {
  key: ['data'],
  certificate: ['cert', 'certChain'],
  keyless: ['identities'],
  tuf: ['mirror', 'root'],
  trustedRoot: ['value'],
  ctlog: ['url', 'insecureIgnoreTlog', 'insecureIgnoreSCT'],
};

/** Whether this reader knows all that an attestor says. */
const isReadable = (attestor: unknown): boolean =>
  record(attestor).notary === undefined &&
  Object.entries(record(record(attestor).cosign)).every(([field, value]) =>
    Object.keys(record(value)).every((key) => READABLE[field]?.includes(key) === true),
  );

const acceptsKeyless = (cosign: Data, signer: Signer): boolean => {
  const { keyless, ctlog } = cosign;
  // Without the log nobody knows when a short-lived certificate signed.
  if (at(ctlog, 'insecureIgnoreTlog') === true || at(ctlog, 'insecureIgnoreSCT') === true) return true;
  if (keyless === undefined) return true;
  if (signer.kind !== 'keyless' && signer.kind !== 'privateSigstore') return false;
  if (at(ctlog, 'url') !== signer.rekorUrl || !same(instanceOf(cosign), instanceOfSigner(signer))) return false;
  return records(record(keyless).identities).some(
    (i) =>
      i.subjectExpression !== undefined ||
      (matchesPattern(i.issuer, i.issuerRegExp, signer.issuer) &&
        matchesPattern(i.subject, i.subjectRegExp, signer.subject)),
  );
};

/** Whether an attestor would accept what a signer signed. One that this reader does not know accepts everything. */
export function accepts(attestor: unknown, signer: Signer): boolean {
  if (!isReadable(attestor)) return true;
  const cosign = record(record(attestor).cosign);
  if (cosign.key !== undefined) return signer.kind === 'key' && at(cosign.key, 'data') === signer.publicKey;
  if (cosign.certificate === undefined) return acceptsKeyless(cosign, signer);
  const own = at(cosign.certificate, 'cert', 'value');
  // The chain alone accepts whoever has a certificate of that authority.
  return own === undefined || (signer.kind === 'certificate' && own === signer.certificate);
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

/** Who signed what, and what of it a policy has looked at so far. */
interface Evidence {
  readonly signed: Signed;
  readonly attested: Attested;
  readonly verified: Set<string>;
}

const judge = (view: View, policy: Manifest, pod: Data, { signed, attested, verified }: Evidence): Judgement => {
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
  const attestations = Object.fromEntries(records(spec.attestations).map((a) => [string(a.name) ?? '', a]));
  const statement = (image: string, attestation: Data) =>
    attested(image, string(at(attestation, 'intoto', 'type')) ?? '');
  const scope = new Scope({
    object: pod,
    images,
    attestors,
    attestations,
    'verifyImageSignatures()': verify,
    'verifyAttestationSignatures()': (image: string, attestation: Data, list: readonly Data[]): number => {
      const found = statement(image, attestation);
      return found === undefined ? 0 : list.filter((a) => accepts(a, found.signer)).length;
    },
    'extractPayload()': (image: string, attestation: Data): Data => statement(image, attestation)?.statement ?? {},
  });
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

/** Whether the signature policies of the environment refuse a new pod, given who signed its images and what is attested of them. */
export function signaturesRefuse(view: View, request: AdmissionRequest, signed: Signed, attested: Attested): boolean {
  const verified = new Set<string>();
  const evidence = { signed, attested, verified };
  const judgements = inForce(view, request).map((p) => judge(view, p, request.object ?? {}, evidence));
  return judgements.some((j) => j.denies || (j.required && j.matched.some((image) => !verified.has(image))));
}
