import type { Context } from '../context';
import type { SelfHostedModel } from '../declaration';
import { container } from '../isolation/pod';
import type { Container, Volume } from '../k8s';
import { digestName, objectName, UID } from '../names';
import { WATCHED } from '../runtime/objects';

/** Where the signer's key is mounted. */
const SIGNER = '/etc/firepit/signer';
const KEY = 'signer.pub';

/** The check of a model's files by their OpenSSF model signature, before anything reads them. */
export interface Verification {
  /** Immutable ConfigMap with the signer's key. */
  readonly config: { readonly name: string; readonly data: Readonly<Record<string, string>> };
  readonly container: Container;
  readonly volume: Volume;
}

/**
 * Arguments of `model_signing` 1.1. A file that the signature does not know is an error, said here so that a default
 * that changes changes nothing.
 */
const verifyArgs = (path: string, signature: string): string[] => [
  'verify',
  'key',
  path,
  '--signature',
  `${path}/${signature}`,
  '--public_key',
  `${SIGNER}/${KEY}`,
  '--no-ignore_unsigned_files',
];

/** The verification of a model; undefined where its artefact's signature is all there is. @param volume with the files */
export const verification = (
  context: Context,
  name: string,
  { integrity, path }: SelfHostedModel,
  volume: string,
): Verification | undefined => {
  const image = context.declaration.images.images.modelVerifier;
  if (integrity.kind !== 'files' || integrity.signer.kind !== 'key' || image === undefined) return undefined;
  const data = { [KEY]: integrity.signer.publicKey };
  const config = digestName(`${objectName(name)}-signer`, data);
  return {
    config: { name: config, data },
    container: container(context, {
      name: WATCHED.verify,
      image,
      uid: UID.model,
      command: ['model_signing'],
      args: verifyArgs(path, integrity.signature),
      mounts: [
        { name: volume, mountPath: path, readOnly: true },
        { name: 'signer', mountPath: SIGNER, readOnly: true },
      ],
      cpu: '1',
      memory: '512Mi',
    }),
    volume: { name: 'signer', configMap: { name: config, defaultMode: 0o444 } },
  };
};
