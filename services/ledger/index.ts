export { type Checkpoint, openCheckpoint, readCheckpoint } from './checkpoint';
export type { Finding } from './finding';
export { NoteError, type Signer, signerOf, type Verifier, verifierOf, vkeyOf } from './note';
export { type Verification, type VerifyOptions, verifyLog } from './verify';
