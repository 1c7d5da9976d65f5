import { Attestation, Signer, SupplyChain } from '../../lib';
import { checkBar } from '../../lib/minimum-bar';
import { AUTHORITY, CERTIFICATE } from '../support/certificates';
import { changed, type Draft } from '../support/desk';
import { objectsOf, only } from '../support/environment';

const PEM = '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n';
const keyless = Signer.keyless({ issuer: 'https://login.example.com', subject: 'release@example.com' });
const TRIAGE = 'registry.example.com/agents/triage';
const provenance = Attestation.slsaProvenance({ builder: 'https://ci.example.com/builder@v1' });

/** Objects of the desk under another supply chain, and what the minimum bar says when a policy is changed. */
const under = (supplyChain: SupplyChain) => {
  const declaration = changed((d) => (d.supplyChain = supplyChain));
  const objects = objectsOf(declaration);
  const { spec } = only(objects, 'ImageValidatingPolicy', 'support-desk-test-images');
  const said = (change: (spec: Draft) => void, rules: readonly string[]): string[] => {
    const copy = structuredClone(objects) as Draft[];
    change(copy.find(({ kind }) => kind === 'ImageValidatingPolicy').spec);
    return checkBar(declaration, copy)
      .findings.filter(({ rule }) => rules.includes(rule))
      .map(({ problem }) => problem);
  };
  const verified = (change: (spec: Draft) => void) => said(change, ['agent-images-are-verified']);
  return { spec, verified, nothing: () => verified(() => undefined) };
};

const TRUSTED_ROOT = '{"certificateAuthorities":[{}],"tlogs":[{}],"ctlogs":[{}]}';
const privately = Signer.privateSigstore({
  issuer: 'https://login.example.com',
  subject: 'release@example.com',
  rekorUrl: 'https://rekor.example.com',
  tufMirror: 'https://tuf.example.com',
  tufRoot: '{"signed":{}}',
  trustedRoot: TRUSTED_ROOT,
});

describe('a certificate', () => {
  const { spec, verified, nothing } = under(
    SupplyChain.signedBy(Signer.certificate({ certificate: CERTIFICATE, chain: AUTHORITY })),
  );

  test('is pinned with its chain, offline', () => {
    expect(spec.attestors[0].cosign).toEqual({
      certificate: { cert: { value: CERTIFICATE }, certChain: { value: AUTHORITY } },
      ctlog: { insecureIgnoreTlog: true, insecureIgnoreSCT: true },
    });
    expect(nothing()).toEqual([]);
  });

  test('its authority alone would accept others', () => {
    expect(verified((s) => delete s.attestors[0].cosign.certificate.cert)).not.toEqual([]);
    expect(verified((s) => (s.attestors[0].cosign.certificate.cert.value = AUTHORITY))).not.toEqual([]);
  });
});

describe('a private Sigstore', () => {
  const { spec, verified, nothing } = under(SupplyChain.signedBy(privately));

  test('is asked for its own roots', () => {
    expect(spec.attestors[0].cosign).toEqual({
      keyless: { identities: [{ issuer: 'https://login.example.com', subject: 'release@example.com' }] },
      ctlog: { url: 'https://rekor.example.com' },
      tuf: { mirror: 'https://tuf.example.com', root: { data: Buffer.from('{"signed":{}}').toString('base64') } },
      trustedRoot: { value: TRUSTED_ROOT },
    });
    expect(nothing()).toEqual([]);
  });

  test('the same identity of the public one is somebody else', () => {
    expect(verified((s) => delete s.attestors[0].cosign.trustedRoot)).not.toEqual([]);
    expect(verified((s) => (s.attestors[0].cosign.tuf.mirror = 'https://tuf.example.net'))).not.toEqual([]);
  });
});

describe('several signers', () => {
  const trust = { signer: Signer.key(PEM), attested: [Attestation.sbom('spdx')] };
  const { spec, verified, nothing } = under(SupplyChain.signedBy(keyless, { repositories: { [TRIAGE]: trust } }));

  test('each repository has one, and what is listed takes nothing from the first', () => {
    expect(spec.attestors.map(({ name }: Draft) => name)).toEqual(['repository1', 'product']);
    expect(spec.attestations).toEqual([{ name: 'spdx', intoto: { type: 'https://spdx.dev/Document' } }]);
    expect(nothing()).toEqual([]);
  });

  test('the other declared signers are strangers to it', () => {
    expect(
      verified((s) => s.attestors.reverse() && Object.assign(s.attestors[0], { name: 'repository1' })),
    ).not.toEqual([]);
  });
});

describe('attestations', () => {
  const { spec, verified, nothing } = under(
    SupplyChain.signedBy(keyless, { attested: [provenance, Attestation.sbom('cyclonedx')] }),
  );

  test('are asked for by their predicate, of the same signer, and the builder is read', () => {
    expect(spec.attestations.map(({ intoto }: Draft) => intoto.type)).toEqual([
      'https://slsa.dev/provenance/v1',
      'https://cyclonedx.org/bom',
    ]);
    expect(spec.validations[2].expression).toContain("builder.id == 'https://ci.example.com/builder@v1'");
    expect(nothing()).toEqual([]);
  });

  test('a demand that is gone, of another signer, or that does not read the builder, is found', () => {
    expect(verified((s) => s.validations.splice(2, 1))).toEqual([
      expect.stringContaining('without the attestation https://slsa.dev/provenance/v1'),
      expect.stringContaining('when the wrong one signed its attestation'),
      expect.stringContaining('when another builder built it'),
    ]);
    const edited = (from: string, to: string) => (s: Draft) => {
      s.validations[2].expression = s.validations[2].expression.replaceAll(from, to);
    };
    expect(verified(edited(', [attestors.agents]) > 0', ', [attestors.agents]) >= 0'))).not.toEqual([]);
    expect(verified(edited("builder.id == 'https://ci.example.com/builder@v1'", "builder.id != ''"))).toEqual([
      expect.stringContaining('when another builder built it'),
    ]);
    expect(verified((s) => (s.attestations[0].intoto.type = 'https://slsa.dev/provenance/v0.2'))).not.toEqual([]);
  });
});
