import type { Signer } from '../../declaration';
import { repositoryOf } from '../../declaration/image';
import type { PodTemplate } from '../pods';
import { FOREIGN_IMAGE, podRequest, withContainer, withSpec, withVolume } from '../probes';
import { imagePolicies, type Signed, signatureJudges, signaturesRefuse } from '../signatures';
import { NOT_APPLICABLE, type Problem, type Rule } from '../types';
import { type Data, list, record, records, same } from '../values';
import type { View } from '../view';

/** Who must have signed an image, by the declaration. */
const signerOf = (view: View, image: string): Signer => {
  const { images, supplyChain } = view.declaration;
  return repositoryOf(image) === repositoryOf(images.images.envoy) ? images.signer : supplyChain.signer;
};

/** Signers that nobody declared for an image, some of them close to the one that was. */
const strangers = (view: View, signer: Signer): readonly Signer[] => {
  const { images, supplyChain } = view.declaration;
  const others = [images.signer, supplyChain.signer].filter((s) => !same(s, signer));
  if (signer.kind === 'key')
    return [...others, { kind: 'key', publicKey: '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n' }];
  return [
    ...others,
    { ...signer, issuer: 'https://issuer.example.net' },
    { ...signer, subject: `${signer.subject}x` },
    { ...signer, subject: `x${signer.subject}` },
    { ...signer, rekorUrl: 'https://log.example.net' },
  ];
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
  const own = signaturesRefuse(view, podRequest(view, template), (image) => signerOf(view, image));
  const holes = [
    ...template.containers.flatMap(({ container }) => tries(view, String(container.image))),
    ...foreign(view),
  ]
    .filter(({ change, signed }) => !signaturesRefuse(view, podRequest(view, template, change), signed))
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
    view.agentPods.length === 0
      ? NOT_APPLICABLE
      : [...view.agentPods.flatMap((template) => problemsOf(view, template)), ...loose(view)],
};
