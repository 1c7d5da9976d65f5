import { fromBase64, NoteError, openNote, type Signer, signNote, splitNote, type Verifier } from './note';
import { HASH_BYTES } from './tree';

/** https://c2sp.org/tlog-checkpoint: what a log says of itself. */
export interface Checkpoint {
  /** The name of the log. */
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
}

export const signCheckpoint = ({ origin, size, root }: Checkpoint, signer: Signer): string =>
  signNote(`${origin}\n${size}\n${root.toString('base64')}\n`, signer);

/** What a signed note says, whoever signed it. Lines that Firepit does not write are refused. @throws NoteError */
export function readCheckpoint(note: string): Checkpoint {
  const [origin = '', size = '', root = '', ...rest] = splitNote(note).text.split('\n');
  const bytes = fromBase64(root);
  if (origin === '' || !/^(0|[1-9]\d{0,14})$/.test(size) || bytes?.length !== HASH_BYTES || rest.join('\n') !== '')
    throw new NoteError('it is not a checkpoint: three lines, with name, size and root hash of the log');
  return { origin, size: Number(size), root: bytes };
}

/** What a checkpoint says that this key has signed for its own log. @throws NoteError */
export function openCheckpoint(note: string, verifier: Verifier): Checkpoint {
  openNote(note, verifier);
  const checkpoint = readCheckpoint(note);
  if (checkpoint.origin !== verifier.name)
    throw new NoteError(`it is the checkpoint of ${checkpoint.origin}; the key signs for ${verifier.name}`);
  return checkpoint;
}
