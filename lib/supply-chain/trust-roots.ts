import { celString } from '../admission/policy';
import type { Context } from '../context';
import type { Attestation, Signer } from '../declaration';
import { repositoryOf } from '../declaration/image';
import { ownModels } from '../declaration/model';
import { type Trust, trustOf } from '../declaration/supply-chain';

/** Who must have signed the images of some repositories, and what must be attested of them. */
export interface TrustRoot extends Trust {
  /** Name in the policy: the attestor, and what a refusal says. */
  readonly name: string;
  readonly repositories: readonly string[];
}

/** Repositories of everything that a team runs under its own signature. */
const teamRepositories = ({ agents, models }: Context['declaration']): readonly string[] => [
  ...new Set(
    [
      ...Object.values(agents).map(({ image }) => image),
      ...ownModels(models).flatMap(([, { artifact, server }]) => [server.image, artifact]),
    ].map(repositoryOf),
  ),
];

/** Repositories of the product's images that run beside what is governed. */
const productRepositories = ({ images: { images }, models }: Context['declaration']): readonly string[] => [
  repositoryOf(images.envoy),
  ...(images.modelVerifier !== undefined && ownModels(models).some(([, { integrity }]) => integrity.kind === 'files')
    ? [repositoryOf(images.modelVerifier)]
    : []),
];

/** The trust roots of an environment: the team's, those of single repositories, the product's for the sidecars. */
export const trustRoots = ({ declaration }: Context): readonly TrustRoot[] => {
  const { images, supplyChain } = declaration;
  const team = teamRepositories(declaration);
  const listed = Object.entries(supplyChain.repositories ?? {});
  const { signer, attested } = supplyChain;
  const roots: TrustRoot[] = [
    {
      name: 'agents',
      signer,
      ...(attested === undefined ? {} : { attested }),
      repositories: team.filter((repository) => trustOf(supplyChain, repository) === supplyChain),
    },
    ...listed.map(([repository, trust], i) => ({ ...trust, name: `repository${i + 1}`, repositories: [repository] })),
    { name: 'product', signer: images.signer, repositories: productRepositories(declaration) },
  ];
  return roots.filter(({ repositories }) => repositories.length > 0);
};

/** Without transparency log and timestamps: what a key, or a certificate, says for as long as it is declared. */
const OFFLINE = { ctlog: { insecureIgnoreTlog: true, insecureIgnoreSCT: true } } as const;

/** What Kyverno 1.19 knows of a signer (`spec.attestors[].cosign`, verified by its ivpol/cosign/opts.go). */
const cosign = (signer: Signer): Readonly<Record<string, unknown>> => {
  if (signer.kind === 'key') return { key: { data: signer.publicKey }, ...OFFLINE };
  if (signer.kind === 'certificate')
    return {
      // The certificate itself is the verifier; the chain alone would accept any other of the same authority.
      certificate: { cert: { value: signer.certificate }, certChain: { value: signer.chain } },
      ...OFFLINE,
    };
  const { issuer, subject, rekorUrl } = signer;
  const keyless = { keyless: { identities: [{ issuer, subject }] }, ctlog: { url: rekorUrl } };
  if (signer.kind === 'keyless') return keyless;
  return {
    ...keyless,
    tuf: { mirror: signer.tufMirror, root: { data: Buffer.from(signer.tufRoot).toString('base64') } },
    trustedRoot: { value: signer.trustedRoot },
  };
};

/** Attestors of the policy. */
export const attestorsOf = (roots: readonly TrustRoot[]): readonly Readonly<Record<string, unknown>>[] =>
  roots.map(({ name, signer }) => ({ name, cosign: cosign(signer) }));

/** In-toto predicates by the name under which expressions know them; URIs, since payloads are kept under them. */
const PREDICATES = {
  provenance: 'https://slsa.dev/provenance/v1',
  spdx: 'https://spdx.dev/Document',
  cyclonedx: 'https://cyclonedx.org/bom',
} as const;
type Predicate = keyof typeof PREDICATES;

const predicateOf = (attestation: Attestation): Predicate =>
  attestation.kind === 'sbom' ? attestation.format : 'provenance';

/** Attestations that a policy must name before its expressions may ask for them. */
export const attestationsOf = (
  roots: readonly TrustRoot[],
): readonly { readonly name: Predicate; readonly intoto: { readonly type: string } }[] =>
  [...new Set(roots.flatMap(({ attested = [] }) => attested.map(predicateOf)))].map((name) => ({
    name,
    intoto: { type: PREDICATES[name] },
  }));

/** CEL: an image has an attestation, signed by a root. */
export const hasAttestation = (image: string, root: TrustRoot, attestation: Attestation): string => {
  const predicate = predicateOf(attestation);
  const signed = `verifyAttestationSignatures(${image}, attestations.${predicate}, [attestors.${root.name}]) > 0`;
  if (attestation.kind === 'sbom') return signed;
  return `(${signed} && extractPayload(${image}, attestations.${predicate}).predicate.runDetails.builder.id == ${celString(attestation.builder)})`;
};

/** What an attestation says, for a refusal. */
export const attestationText = (attestation: Attestation): string =>
  attestation.kind === 'sbom' ? `${attestation.format} bill of materials` : `provenance of ${attestation.builder}`;
