import { generateKeyPairSync } from 'node:crypto';
import { openCheckpoint, readCheckpoint, signerOf, verifierOf, vkeyOf } from '../../../services/ledger';
import { openNote, signNote } from '../../../services/ledger/note';
import { newSigner } from './example';

describe('a signed note', () => {
  // The key and the note of the documentation of golang.org/x/mod/sumdb/note.
  const vkey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
  const text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
  const note = `${text}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;

  test('of somebody else is read', () => {
    expect(openNote(note, verifierOf(vkey, ''))).toBe(text);
    expect(vkeyOf(verifierOf(vkey, ''))).toBe(vkey);
  });

  test('is refused after any change of a byte', () => {
    const verifier = verifierOf(vkey, '');
    const bytes = Buffer.from(note);
    for (let i = 0; i < bytes.length; i++)
      for (const bit of [1, 0x20, 0x80]) {
        const changed = Buffer.from(bytes);
        changed[i]! ^= bit;
        expect(() => openNote(changed.toString('utf8'), verifier)).toThrow();
      }
  });

  test('may bear the signatures of others, before or after', () => {
    const [own, other] = [newSigner(), newSigner('witness.example.com')];
    const [, line = ''] = signNote('a\n', other).split('\n\n');
    const both = signNote('a\n', own) + line;
    expect(openNote(both, own)).toBe('a\n');
    expect(openNote(both, other)).toBe('a\n');
    expect(() => openNote(both, newSigner())).toThrow('not signed by firepit.dev/desk with the key');
  });

  test('a key of the same name is another key', () => {
    expect(() => openNote(signNote('a\n', newSigner()), newSigner())).toThrow('not signed by');
  });

  test('keys are read from PEM, and said what they should be otherwise', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const pem = (key: typeof publicKey, type: 'spki' | 'pkcs8'): string =>
      key.export({ format: 'pem', type } as never) as string;
    const signer = signerOf('log', pem(privateKey, 'pkcs8'));
    expect(vkeyOf(verifierOf(pem(publicKey, 'spki'), 'log'))).toBe(vkeyOf(signer));
    expect(() => verifierOf(pem(privateKey, 'pkcs8'), 'log')).toThrow('this is a private key');
    expect(() => verifierOf('nonsense', 'log')).toThrow('neither a vkey');
    expect(() => verifierOf(vkey.replace('c74f20a3', 'c74f20a4'), '')).toThrow('says id c74f20a4');
    expect(() => signerOf('log', 'nonsense')).toThrow('not a private key in PEM');
    expect(() => signerOf('two words', pem(privateKey, 'pkcs8'))).toThrow('neither spaces nor +');
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    expect(() => signerOf('log', pem(rsa, 'pkcs8'))).toThrow('expected ed25519');
  });
});

describe('a checkpoint', () => {
  const signer = newSigner();
  const root = Buffer.alloc(32, 1).toString('base64');

  test('says name, size and root', () => {
    expect(openCheckpoint(signNote(`firepit.dev/desk\n7\n${root}\n`, signer), signer)).toEqual({
      origin: 'firepit.dev/desk',
      size: 7,
      root: Buffer.alloc(32, 1),
    });
  });

  test.each([
    `firepit.dev/desk\n07\n${root}\n`,
    `firepit.dev/desk\n-1\n${root}\n`,
    `firepit.dev/desk\n1e3\n${root}\n`,
    `firepit.dev/desk\n7\n${root.slice(4)}\n`,
    `firepit.dev/desk\n7\n${root}\nmore\n`,
    `firepit.dev/desk\n7\n`,
    `\n7\n${root}\n`,
  ])('%j is none', (text) => expect(() => readCheckpoint(signNote(text, signer))).toThrow());

  test('of another log is refused, even when the key signed it', () => {
    expect(() => openCheckpoint(signNote(`other\n7\n${root}\n`, signer), signer)).toThrow('the checkpoint of other');
  });
});
