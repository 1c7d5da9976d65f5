import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { locked } from '../cluster/lock';
import { makeBase } from './base';
import { SERVICES, type Service } from './services';

const ROOT = join(__dirname, '..');

/** An image in an OCI layout on this machine. */
export interface BuiltImage {
  readonly layout: string;
  /** Digest of its manifest: what a registry and a lock file name it by. */
  readonly digest: string;
  /** Bytes of its layers, compressed as they travel. */
  readonly bytes: number;
}
export type BuiltImages = Readonly<Record<Service, BuiltImage>>;

const KEPT_MILLISECONDS = 2 * 24 * 60 * 60 * 1000;

/** Everything that an image is made from: a change of it is another image. */
const SOURCES = [
  'Containerfile',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'contract',
  'image',
  'services',
];

/** Copies what the images are made from. */
export function copySources(to: string): void {
  for (const source of SOURCES)
    cpSync(join(ROOT, source), join(to, source), {
      recursive: true,
      filter: (path) => !path.endsWith('/node_modules'),
    });
}

const filesUnder = (path: string): string[] =>
  statSync(path).isDirectory()
    ? readdirSync(path)
        .sort()
        .flatMap((name) => filesUnder(join(path, name)))
    : [path];

/** Digest of the sources, and of what the machine puts into the base. */
function inputsDigest(sources: string): string {
  const hash = createHash('sha256');
  const packages = spawnSync('dpkg-query', ['--show', 'libc6', 'libstdc++6', 'libgcc-s1'], { encoding: 'utf8' });
  hash.update(`${process.arch}\n${packages.stdout ?? ''}`);
  for (const file of filesUnder(sources))
    hash.update(`${relative(sources, file)}\0`).update(createHash('sha256').update(readFileSync(file)).digest());
  return hash.digest('hex').slice(0, 16);
}

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'));

/** The images of a layout, each under its service's name. */
function imagesIn(layout: string): BuiltImages {
  const { manifests } = read(join(layout, 'index.json')) as {
    manifests: readonly { digest: string; annotations: Readonly<Record<string, string>> }[];
  };
  const builtImage = (service: Service): BuiltImage => {
    const named = manifests.find(({ annotations }) => annotations['org.opencontainers.image.ref.name'] === service);
    if (named === undefined) throw new Error(`${layout} holds no image of the ${service}`);
    const { layers } = read(join(layout, 'blobs', named.digest.replace(':', '/'))) as { layers: { size: number }[] };
    return { layout, digest: named.digest, bytes: layers.reduce((sum, { size }) => sum + size, 0) };
  };
  return Object.fromEntries(SERVICES.map((service) => [service, builtImage(service)])) as Record<Service, BuiltImage>;
}

/** The machine's certificates and npm's cache, where a build finds them. */
const mounts = (): string[] => {
  const cache = execFileSync('npm', ['config', 'get', 'cache'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
  mkdirSync(cache, { recursive: true });
  const certificates = '/etc/ssl/certs/ca-certificates.crt';
  return [`${cache}:/npm`, ...(existsSync(certificates) ? [`${certificates}:${certificates}:ro`] : [])].flatMap(
    (mount) => ['--volume', mount],
  );
};

/** Builds the images of a copy of the sources into one OCI layout. Nothing else is left behind. */
export function buildImages(sources: string, to: string): BuiltImages {
  if (spawnSync('buildah', ['--version']).error !== undefined)
    throw new Error('buildah is not here.\n  fix: apt-get install --yes --no-install-recommends buildah');
  if (process.getuid?.() !== 0)
    throw new Error('the images are built as root.\n  fix: run the command as root (sudo -E)');
  const work = mkdtempSync(`${to}-work-`);
  const at = (name: string): string => join(work, name);
  // Storage of its own, so that nothing of another build is in this one.
  const storage = ['--root', at('storage'), '--runroot', at('run'), '--storage-driver', 'overlay'];
  const buildah = (...args: readonly string[]): string => {
    // What it mounts ends with it, and it ends with this process.
    const tied = ['--pdeathsig', 'KILL', 'unshare', '--mount', 'buildah', ...storage, ...args];
    const { status, stdout, stderr } = spawnSync('setpriv', tied, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`buildah ${args[0]}: ${stderr.trim()}`);
    return stdout.trim();
  };
  // The same content is the same digest: nothing in an image is younger than this.
  const same = ['--timestamp', '0'];
  try {
    makeBase(at('base'));
    const container = buildah('from', 'scratch');
    buildah('copy', '--quiet', container, at('base'), '/');
    const base = buildah('commit', '--quiet', ...same, container);
    for (const service of SERVICES) {
      buildah(
        ...['build-using-dockerfile', '--quiet', '--layers', '--isolation', 'chroot', '--network', 'host', ...same],
        ...['--build-arg', `BASE=${base}`, '--target', service, '--tag', service, ...mounts(), sources],
      );
      buildah('push', '--quiet', '--format', 'oci', service, `oci:${to}:${service}`);
    }
    return imagesIn(to);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Images of sources that nobody built from lately make room. */
function forget(cache: string): void {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    if (Date.now() - statSync(path).mtimeMs > KEPT_MILLISECONDS) rmSync(path, { recursive: true, force: true });
  }
}

/** The images of the sources as they are, built once for each state of them and kept outside the repository. */
export async function images(): Promise<BuiltImages> {
  // A copy, so that what is built is what was counted, whatever is edited meanwhile.
  const sources = mkdtempSync(join(tmpdir(), 'firepit-image-'));
  try {
    copySources(sources);
    return await imagesOf(sources);
  } finally {
    rmSync(sources, { recursive: true, force: true });
  }
}

/** The images of a copy of the sources. */
export async function imagesOf(sources: string): Promise<BuiltImages> {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'firepit', 'images');
  mkdirSync(cache, { recursive: true });
  const folder = join(cache, inputsDigest(sources));
  return locked(`${folder}.lock`, () => {
    if (!existsSync(folder)) {
      const part = `${folder}.part`;
      rmSync(part, { recursive: true, force: true });
      buildImages(sources, part);
      renameSync(part, folder);
      forget(cache);
    }
    return imagesIn(folder);
  });
}
