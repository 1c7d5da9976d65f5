import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

/** https://c2sp.org/signed-note, with Ed25519 keys. */
const ED25519 = 1;
/** What stands before an Ed25519 key of 32 bytes in SubjectPublicKeyInfo. */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** A note, a key or a checkpoint that is not one, or is not signed by whom it should be. */
export class NoteError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NoteError';
    this.stack = `NoteError: ${message}`;
  }
}

/** Who may have signed. */
export interface Verifier {
  readonly name: string;
  readonly id: Buffer;
  readonly key: KeyObject;
}

/** Who signs. */
export interface Signer extends Verifier {
  readonly secret: KeyObject;
}

const rawOf = (key: KeyObject): Buffer => (key.export({ format: 'der', type: 'spki' }) as Buffer).subarray(SPKI.length);

function verifierFor(name: string, key: KeyObject): Verifier {
  if (name === '' || /[\s+]/u.test(name))
    throw new NoteError(`the name of a key has neither spaces nor +; found ${JSON.stringify(name)}`);
  if (key.asymmetricKeyType !== 'ed25519')
    throw new NoteError(
      `the key of ${name} is ${key.asymmetricKeyType}; expected ed25519 (openssl genpkey -algorithm ed25519)`,
    );
  const id = createHash('sha256')
    .update(`${name}\n`)
    .update(Buffer.of(ED25519))
    .update(rawOf(key))
    .digest()
    .subarray(0, 4);
  return { name, id, key };
}

/** A signer from a private key in PEM. @throws NoteError */
export function signerOf(name: string, pem: string | Buffer): Signer {
  let secret: KeyObject;
  try {
    secret = createPrivateKey(pem);
  } catch {
    throw new NoteError(
      `the signing key of ${name} is not a private key in PEM; make one with openssl genpkey -algorithm ed25519`,
    );
  }
  return { ...verifierFor(name, createPublicKey(secret)), secret };
}

/** The key as others note it down: `name+id+key`. */
export const vkeyOf = ({ name, id, key }: Verifier): string =>
  `${name}+${id.toString('hex')}+${Buffer.concat([Buffer.of(ED25519), rawOf(key)]).toString('base64')}`;

/** Bytes of canonical base64; undefined for any other text. */
export function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

/**
 * A verifier from a vkey, or from a public key in PEM and the name that signs with it.
 * @throws NoteError
 */
export function verifierOf(text: string, name: string): Verifier {
  if (text.includes('-----BEGIN')) {
    if (text.includes('PRIVATE'))
      throw new NoteError('this is a private key; give the public one (openssl pkey -pubout)');
    try {
      return verifierFor(name, createPublicKey(text));
    } catch (error) {
      if (error instanceof NoteError) throw error;
      throw new NoteError('the key is not a public key in PEM');
    }
  }
  const [, vname = '', id = '', encoded = ''] = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text.trim()) ?? [];
  const bytes = fromBase64(encoded);
  if (bytes === undefined || bytes.length !== 33 || bytes[0] !== ED25519)
    throw new NoteError('the key is neither a vkey (name+id+key, Ed25519) nor a public key in PEM');
  const verifier = verifierFor(
    vname,
    createPublicKey({ key: Buffer.concat([SPKI, bytes.subarray(1)]), format: 'der', type: 'spki' }),
  );
  if (verifier.id.toString('hex') !== id)
    throw new NoteError(`the vkey of ${vname} says id ${id}; its key has ${verifier.id.toString('hex')}`);
  return verifier;
}

/** Signs a text that ends with a line feed. */
export const signNote = (text: string, { name, id, secret }: Signer): string =>
  `${text}\n— ${name} ${Buffer.concat([id, sign(null, Buffer.from(text), secret)]).toString('base64')}\n`;

/** The text of a note and its signature lines, with nothing else around. @throws NoteError */
export function splitNote(note: string): { readonly text: string; readonly signatures: readonly string[] } {
  const end = note.lastIndexOf('\n\n');
  const text = note.slice(0, end + 1);
  const lines = note.slice(end + 2).split('\n');
  if (end === -1 || lines.pop() !== '' || lines.length === 0 || lines.some((line) => !/^— [^+\s]+ \S+$/.test(line)))
    throw new NoteError('it is not a signed note: a text, an empty line, and lines that start with —');
  return { text, signatures: lines };
}

/** The text of a note that this key has signed. @throws NoteError */
export function openNote(note: string, { name, id, key }: Verifier): string {
  const { text, signatures } = splitNote(note);
  const own = signatures.flatMap((line) => {
    const [, by, encoded = ''] = line.split(' ');
    const bytes = fromBase64(encoded);
    return by === name && bytes?.subarray(0, 4).equals(id) ? [bytes.subarray(4)] : [];
  });
  if (own.length === 0) throw new NoteError(`it is not signed by ${name} with the key ${id.toString('hex')}`);
  if (!own.every((signature) => verify(null, Buffer.from(text), key, signature)))
    throw new NoteError(`the signature of ${name} is not one of this text`);
  return text;
}
