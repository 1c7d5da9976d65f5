import { environment, Signer, SupplyChain } from '../../lib/declaration';
import { AUTHORITY, CERTIFICATE, OTHER_AUTHORITY } from '../support/certificates';
import { PRIVATE_SIGSTORE } from '../support/signers';
import { refusal, withSupplyChain } from './_data';

const foundIn = (signer: unknown) =>
  refusal(() => environment(withSupplyChain(SupplyChain.signedBy(signer as Signer))))?.map(
    ({ path, expected }) => `${path}: ${expected}`,
  );

describe('signers', () => {
  test.each([
    ['keyless', Signer.keyless({ issuer: 'https://login.example.com', subject: 'release@example.com' })],
    ['certificate', Signer.certificate({ certificate: CERTIFICATE, chain: AUTHORITY })],
    ['private Sigstore', Signer.privateSigstore(PRIVATE_SIGSTORE)],
  ])('%s is accepted', (_, signer) => {
    expect(foundIn(signer)).toBeUndefined();
  });

  test.each<[string, unknown, string]>([
    ['no PEM', Signer.certificate({ certificate: 'x', chain: AUTHORITY }), 'one certificate in PEM'],
    [
      'two certificates',
      Signer.certificate({ certificate: CERTIFICATE + AUTHORITY, chain: AUTHORITY }),
      'one certificate in PEM',
    ],
    [
      'a chain that is none',
      Signer.certificate({ certificate: CERTIFICATE, chain: AUTHORITY.slice(40) }),
      '1 to 10 certificates',
    ],
    [
      'a chain in the wrong order',
      Signer.certificate({ certificate: CERTIFICATE, chain: AUTHORITY + CERTIFICATE }),
      '1 to 10 certificates',
    ],
    ['a chain of somebody else', Signer.certificate({ certificate: AUTHORITY, chain: CERTIFICATE }), 'certificate'],
    [
      'a chain that issued something else',
      Signer.certificate({ certificate: CERTIFICATE, chain: OTHER_AUTHORITY }),
      'a chain whose first certificate issued',
    ],
    [
      'a private key beside it',
      Signer.certificate({ certificate: `${CERTIFICATE}-----BEGIN PRIVATE KEY-----\n`, chain: AUTHORITY }),
      'one certificate in PEM',
    ],
    ['an authority alone', { kind: 'certificate', chain: AUTHORITY }, 'one certificate in PEM'],
    [
      'a root that is no JSON',
      Signer.privateSigstore({ ...PRIVATE_SIGSTORE, tufRoot: '{' }),
      'the text of a root.json',
    ],
    [
      'a trusted root that is something else',
      Signer.privateSigstore({ ...PRIVATE_SIGSTORE, trustedRoot: '{}' }),
      'the text of a trusted_root.json',
    ],
    ...['certificateAuthorities', 'tlogs', 'ctlogs'].map((key): [string, unknown, string] => [
      `a trusted root without ${key}`,
      Signer.privateSigstore({
        ...PRIVATE_SIGSTORE,
        trustedRoot: JSON.stringify({ ...JSON.parse(PRIVATE_SIGSTORE.trustedRoot), [key]: [] }),
      }),
      'the text of a trusted_root.json with certificateAuthorities, tlogs, ctlogs',
    ]),
    [
      'a subject by pattern',
      Signer.privateSigstore({ ...PRIVATE_SIGSTORE, subject: '*@example.com' }),
      'one exact subject',
    ],
    [
      'a mirror without TLS',
      Signer.privateSigstore({ ...PRIVATE_SIGSTORE, tufMirror: 'http://tuf.example.com' }),
      'https',
    ],
  ])('%s is refused', (_, signer, expected) => {
    expect(foundIn(signer)).toEqual([expect.stringMatching(new RegExp(`^supplyChain\\.signer.*${expected}`))]);
  });
});
