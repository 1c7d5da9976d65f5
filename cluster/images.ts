import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { envoyProgram } from './envoy';
import { ownProgram } from './own-program';

/** What a container image is made of. */
export interface ImageContent {
  /** Path in the image to file on this machine. */
  readonly files: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
}

/** Marks an image that stands where the real one is not there. */
export const STAND_IN = { 'firepit.dev/stand-in': 'true' } as const;

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const digestOf = (data: Buffer): string => `sha256:${createHash('sha256').update(data).digest('hex')}`;
const OCI = 'application/vnd.oci.image';

/** One layer with these files and the folders that every container needs; the same files give the same bytes. */
function layerOf(work: string, files: ImageContent['files']): string {
  const root = join(work, 'root');
  for (const folder of ['dev', 'etc', 'proc', 'sys', 'tmp']) mkdirSync(join(root, folder), { recursive: true });
  for (const [to, from] of Object.entries(files)) {
    const path = join(root, to);
    mkdirSync(dirname(path), { recursive: true });
    copyFileSync(from, path);
    chmodSync(path, statSync(from).mode & 0o111 ? 0o755 : 0o644);
  }
  const layer = join(work, 'layer.tar');
  const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--mode=go-w'];
  execFileSync('tar', ['--create', '--file', layer, '--format=ustar', ...same, '--directory', root, '.']);
  return layer;
}

/** Writes an image as an OCI layout, without a container engine. Returns its digest. */
export function writeImage(folder: string, { files, entrypoint, labels }: ImageContent): string {
  const blobs = join(folder, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const blob = (mediaType: string, data: Buffer): Descriptor => {
    const digest = digestOf(data);
    writeFileSync(join(blobs, digest.slice('sha256:'.length)), data);
    return { mediaType, digest, size: data.length };
  };
  const json = (mediaType: string, value: object): Descriptor => blob(mediaType, Buffer.from(JSON.stringify(value)));
  const work = mkdtempSync(join(folder, 'work-'));
  try {
    const layer = blob(`${OCI}.layer.v1.tar`, readFileSync(layerOf(work, files)));
    const config = json(`${OCI}.config.v1+json`, {
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      config: { Entrypoint: entrypoint, Env: ['PATH=/usr/local/bin:/bin'], ...(labels && { Labels: labels }) },
      rootfs: { type: 'layers', diff_ids: [layer.digest] },
    });
    const mediaType = `${OCI}.manifest.v1+json`;
    const manifest = json(mediaType, { schemaVersion: 2, mediaType, config, layers: [layer] });
    writeFileSync(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
    // Last and at once: a layout with an index is whole.
    writeFileSync(join(work, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [manifest] }));
    renameSync(join(work, 'index.json'), join(folder, 'index.json'));
    return manifest.digest;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const STAND_IN_PATH = '/stand-in';

/** An image that plays one role of the stand-in program (cluster/stand-in). */
export const standInImage = (...role: readonly string[]): ImageContent => ({
  files: { [STAND_IN_PATH]: ownProgram('stand-in'), '/usr/local/bin/pg_isready': ownProgram('stand-in') },
  entrypoint: [STAND_IN_PATH, ...role],
  labels: { ...STAND_IN, 'firepit.dev/stand-in-of': role[0] ?? 'any' },
});

const TRUST_STORE = '/etc/ssl/certs/ca-certificates.crt';

/** Libraries that a program of this machine was linked to. */
export const linkedTo = (program: string): string[] =>
  [...execFileSync('ldd', [program], { encoding: 'utf8' }).matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(
    ([, path]) => path as string,
  );

/** The real Envoy, with the libraries it was linked to. */
export function envoyImage(): ImageContent {
  const envoy = envoyProgram();
  return {
    files: {
      '/usr/local/bin/envoy': envoy,
      [TRUST_STORE]: TRUST_STORE,
      ...Object.fromEntries(linkedTo(envoy).map((path) => [path, path])),
    },
    entrypoint: ['/usr/local/bin/envoy'],
  };
}

/** A program that needs nothing but a trust store. */
export const programImage = (program: string, path: string): ImageContent => ({
  files: { [path]: program, [TRUST_STORE]: TRUST_STORE },
  entrypoint: [path],
});
