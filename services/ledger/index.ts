export { type Checkpoint, openCheckpoint, readCheckpoint } from './checkpoint';
export type { Finding } from './finding';
export { NoteError, type Signer, signerOf, type Verifier, verifierOf, vkeyOf } from './note';
export { readEntries, sizeOf } from './read';
export { type Verification, type VerifyOptions, verifyLog } from './verify';
