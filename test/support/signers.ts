import { Attestation, Signer, SupplyChain } from '../../lib';
import { AUTHORITY, CERTIFICATE } from './certificates';

/** A Sigstore of one's own, as far as a policy knows it. */
export const PRIVATE_SIGSTORE = {
  issuer: 'https://login.example.com',
  subject: 'release@example.com',
  rekorUrl: 'https://rekor.example.com',
  tufMirror: 'https://tuf.example.com',
  tufRoot: '{"signed":{"_type":"root"},"signatures":[]}',
  trustedRoot:
    '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1","certificateAuthorities":[{}],"tlogs":[{}],"ctlogs":[{}]}',
};

/** Attestations of every kind. */
export const ATTESTED = [
  Attestation.slsaProvenance({ builder: 'https://ci.example.com/builder@v1' }),
  Attestation.sbom('spdx'),
  Attestation.sbom('cyclonedx'),
];

/** Trust by everything that Kyverno verifies offline or by an organisation's own services, with everything attested. */
export const EVERY_SIGNER = SupplyChain.signedBy(Signer.privateSigstore(PRIVATE_SIGSTORE), {
  attested: ATTESTED,
  repositories: {
    'registry.example.com/agents/triage': {
      signer: Signer.certificate({ certificate: CERTIFICATE, chain: AUTHORITY }),
      attested: ATTESTED,
    },
  },
});
