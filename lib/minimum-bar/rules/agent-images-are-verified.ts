import type { Attestation, Signer, Trust } from '../../declaration';
import { repositoryOf } from '../../declaration/image';
import { trustOf } from '../../declaration/supply-chain';
import type { PodTemplate } from '../pods';
import { FOREIGN_IMAGE, podRequest, withContainer, withSpec, withVolume } from '../probes';
import { type Attested, imagePolicies, type Signed, signatureJudges, signaturesRefuse } from '../signatures';
import { NOT_APPLICABLE, type Problem, type Rule } from '../types';
import { type Data, list, record, records, same } from '../values';
import type { View } from '../view';

/** Who must have signed an image, and what must be attested of it, by the declaration. */
const trustIn = (view: View, image: string): Trust => {
  const { images, supplyChain } = view.declaration;
  const { envoy, modelVerifier = envoy } = images.images;
  return [envoy, modelVerifier].some((own) => repositoryOf(own) === repositoryOf(image))
    ? { signer: images.signer }
    : trustOf(supplyChain, repositoryOf(image));
};
const signerOf = (view: View, image: string): Signer => trustIn(view, image).signer;

/** Every signer of the declaration. */
const signers = ({ declaration: { images, supplyChain } }: View): readonly Signer[] => [
  images.signer,
  supplyChain.signer,
  ...Object.values(supplyChain.repositories ?? {}).map(({ signer }) => signer),
];

const NOBODYS_KEY: Signer = {
  kind: 'key',
  publicKey: '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n',
};

/** The same identity, changed a little. */
const lookalikes = <S extends { readonly issuer: string; readonly subject: string; readonly rekorUrl: string }>(
  signer: S,
): readonly S[] => [
  { ...signer, issuer: 'https://issuer.example.net' },
  { ...signer, subject: `${signer.subject}x` },
  { ...signer, subject: `x${signer.subject}` },
  { ...signer, rekorUrl: 'https://log.example.net' },
];

/** Signers that nobody declared for an image, some of them close to the one that was. */
const strangers = (view: View, signer: Signer): readonly Signer[] => {
  const others = signers(view).filter((s) => !same(s, signer));
  if (signer.kind === 'key') return [...others, NOBODYS_KEY];
  if (signer.kind === 'certificate') return [...others, { ...signer, certificate: signer.chain }, NOBODYS_KEY];
  if (signer.kind === 'keyless') return [...others, ...lookalikes(signer)];
  const { issuer, subject, rekorUrl } = signer;
  return [
    ...others,
    ...lookalikes(signer),
    { ...signer, tufMirror: 'https://tuf.example.net' },
    { ...signer, trustedRoot: '{}' },
    { kind: 'keyless', issuer, subject, rekorUrl },
  ];
};

const TYPES = {
  slsaProvenance: 'https://slsa.dev/provenance/v1',
  spdx: 'https://spdx.dev/Document',
  cyclonedx: 'https://cyclonedx.org/bom',
} as const;
const typeOf = (attestation: Attestation): string =>
  TYPES[attestation.kind === 'sbom' ? attestation.format : attestation.kind];
const built = (id: string) => ({ predicate: { runDetails: { builder: { id } } } });

/** Everything attested as it must be. */
const declaredAttestations =
  (view: View): Attested =>
  (image, type) => {
    const { signer, attested = [] } = trustIn(view, image);
    const wanted = attested.find((a) => typeOf(a) === type);
    if (wanted === undefined) return undefined;
    return { signer, statement: wanted.kind === 'sbom' ? {} : built(wanted.builder) };
  };

/** What is attested of an image, with one thing wrong. */
const misattested = (view: View, image: string): readonly (readonly [Attested, string])[] => {
  const declared = declaredAttestations(view);
  const { signer, attested = [] } = trustIn(view, image);
  const [stranger = NOBODYS_KEY] = strangers(view, signer);
  return attested.flatMap((attestation): readonly (readonly [Attested, string])[] => {
    const type = typeOf(attestation);
    const instead =
      (other: ReturnType<Attested>): Attested =>
      (i, t) =>
        i === image && t === type ? other : declared(i, t);
    const statement = attestation.kind === 'sbom' ? {} : built(attestation.builder);
    return [
      [instead(undefined), `${image} runs without the attestation ${type}`],
      [instead({ signer: stranger, statement }), `${image} runs when the wrong one signed its attestation ${type}`],
      ...(attestation.kind === 'sbom'
        ? []
        : [
            [
              instead({ signer, statement: built(`${attestation.builder}x`) }),
              `${image} runs when another builder built it`,
            ] as const,
          ]),
    ];
  });
};

/** A pod with one more image in each place that can hold one, all from a covered repository. */
const places = (image: string): readonly (readonly [string, (pod: Data) => Data])[] => {
  const [repository = ''] = image.split('@');
  const other = `${repository}@${FOREIGN_IMAGE.split('@')[1]}`;
  const more = (field: string) =>
    withSpec((spec) => ({ [field]: [...list(spec[field]), { name: 'more', image: other }] }));
  return [
    ['a container', more('containers')],
    ['an init container', more('initContainers')],
    ['an ephemeral container', more('ephemeralContainers')],
    ['an image volume', withVolume({ name: 'more', image: { reference: other } })],
  ];
};

/** What must be refused: a change of the pod, who signed what, and how the hole reads. */
interface Try {
  /** @default - the pod as declared */
  readonly change?: (pod: Data) => Data;
  readonly signed: Signed;
  /** @default - as declared */
  readonly attested?: Attested;
  readonly problem: string;
}

const digest = FOREIGN_IMAGE.split('@')[1] ?? '';

const tries = (view: View, image: string): readonly Try[] => {
  const declared: Signed = (i) => signerOf(view, i);
  const signedBy =
    (signer: Signer | undefined): Signed =>
    (i) =>
      i === image ? signer : signerOf(view, i);
  const unsigned: Signed = (i) => (i.endsWith(digest) ? undefined : declared(i));
  const [other] = strangers(view, signerOf(view, image));
  const wrong: Signed = (i) => (i.endsWith(digest) ? other : declared(i));
  return [
    { signed: signedBy(undefined), problem: `${image} runs unsigned` },
    ...strangers(view, signerOf(view, image)).map((stranger) => ({
      signed: signedBy(stranger),
      problem: `${image} runs when somebody signed it whom nobody declared`,
    })),
    ...misattested(view, image).map(([attested, problem]) => ({ signed: declared, attested, problem })),
    ...places(image).flatMap(([where, change]) => [
      { change, signed: unsigned, problem: `an unsigned image of ${repositoryOf(image)} runs in ${where}` },
      {
        change,
        signed: wrong,
        problem: `an image of ${repositoryOf(image)} runs in ${where} when the wrong one of the declared signers signed it`,
      },
    ]),
  ];
};

/** Images from a repository that no trust root covers. */
const foreign = (view: View): readonly Try[] => {
  const signed: Signed = (i) => signerOf(view, i);
  return [
    {
      change: withContainer({ image: FOREIGN_IMAGE }),
      signed,
      problem: 'an image that no trust root covers runs',
    },
    {
      change: withVolume({ name: 'more', image: { reference: FOREIGN_IMAGE } }),
      signed,
      problem: 'a model from a repository that no trust root covers is mounted',
    },
  ];
};

const problemsOf = (view: View, template: PodTemplate): Problem[] => {
  const here = (problem: string): Problem => ({ object: template.owner, path: template.at('containers'), problem });
  const attested = declaredAttestations(view);
  const own = signaturesRefuse(view, podRequest(view, template), (image) => signerOf(view, image), attested);
  const holes = [
    ...template.containers.flatMap(({ container }) => tries(view, String(container.image))),
    ...foreign(view),
  ]
    .filter((t) => !signaturesRefuse(view, podRequest(view, template, t.change), t.signed, t.attested ?? attested))
    .map(({ problem }) => problem);
  const judges = signatureJudges(view, podRequest(view, template)).map(({ metadata }) => metadata?.name);
  return [
    ...(judges.length > 1
      ? [here(`its pods are judged by ${judges.join(' and ')}: Kyverno 1.19 then answers no request, and none starts`)]
      : []),
    ...(own ? [here('the signature policies refuse its own images, signed as declared')] : []),
    ...[...new Set(holes)].map(here),
  ];
};

/** Settings that switch the check off beside its expressions. */
const loose = (view: View): Problem[] =>
  imagePolicies(view).flatMap((policy) => {
    const spec = record(policy.spec);
    const rules = records(record(spec.matchConstraints).resourceRules);
    const onlyCreate = rules.every((r) => list(r.operations).length === 1 && list(r.operations)[0] === 'CREATE');
    const onlyPods = rules.every((r) => list(r.resources).length === 1 && list(r.resources)[0] === 'pods');
    return [
      ...(record(spec.credentials).allowInsecureRegistry === true
        ? [{ object: policy, path: 'spec.credentials', problem: 'it asks registries without TLS' }]
        : []),
      ...(onlyCreate && onlyPods
        ? []
        : [
            {
              object: policy,
              path: 'spec.matchConstraints.resourceRules',
              problem:
                'it matches more than CREATE of pods: with Kyverno down, labels, scaling and deletion would wait',
            },
          ]),
    ];
  });

export const rule: Rule = {
  id: 'agent-images-are-verified',
  layer: 'supply-chain',
  info: 'An image of an agent pod — container, init, ephemeral or volume — runs without a signature of the signer declared for it.',
  explanation:
    'a digest says which image runs, a signature says who built it; an image that no policy covers passes unseen, and a model volume is one that most policies forget',
  fix: 'keep one denying, fail-closed ImageValidatingPolicy without matchImageReferences for all trust roots, with the extractor for image volumes; Kyverno 1.19 answers no request that two of them judge',
  check: (view) =>
    view.governedPods.length === 0
      ? NOT_APPLICABLE
      : [...view.governedPods.flatMap((template) => problemsOf(view, template)), ...loose(view)],
};
