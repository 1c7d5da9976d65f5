import { Attestation, environment, Signer, SupplyChain } from '../../lib/declaration';
import { refusal, withSupplyChain } from './_data';

const signer = Signer.key(
  '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n',
);
const foundIn = (attested: unknown) =>
  refusal(() =>
    environment(withSupplyChain(SupplyChain.signedBy(signer, { attested: attested as Attestation[] }))),
  )?.map(({ path, expected }) => `${path}: ${expected}`);

test('provenance of one builder and bills of materials are accepted', () => {
  const provenance = Attestation.slsaProvenance({ builder: 'https://ci.example.com/builder@v1' });
  expect(foundIn([provenance, Attestation.sbom('spdx'), Attestation.sbom('cyclonedx')])).toBeUndefined();
});

test.each<[string, unknown, string]>([
  ['a builder by pattern', [Attestation.slsaProvenance({ builder: 'https://ci.example.com/*' })], '[0].builder'],
  [
    'a builder that would leave its quotes',
    [Attestation.slsaProvenance({ builder: "https://ci.example.com/' || true" })],
    '[0].builder',
  ],
  ['a format nobody reads', [{ kind: 'sbom', format: 'swid' }], '[0].format'],
  ['an empty list, which demands nothing', [], ''],
])('%s is refused', (_, attested, where) => {
  expect(foundIn(attested)?.map((line) => line.split(':')[0])).toEqual([`supplyChain.attested${where}`]);
});
