import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A package of the distribution that has files in an image. */
export interface SystemPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** Paths that came from it. */
  readonly files: readonly string[];
}

/** Where a base says which packages of the distribution it has. */
export const SYSTEM_PACKAGES = '/base/system-packages.json';
/** Node in a base and in an image, and the package that brought it. */
export const NODE = '/usr/bin/node';
export const NODE_PACKAGE = `/base/node_modules/node-linux-${process.arch}`;
export const copyrightOf = (name: string): string => `/usr/share/doc/${name}/copyright`;

const said = (program: string, ...args: readonly string[]): string => {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`);
};

/** Libraries that a program was loaded with, as its loader found them. */
const librariesOf = (node: string): string[] =>
  (JSON.parse(said(node, '-p', 'JSON.stringify(process.report.getReport().sharedObjects)')) as string[]).filter(
    (path) => path.startsWith('/'),
  );

/** dpkg knows a file by the path it was packed with: before /lib became a link to /usr/lib, or after. */
function ownerOf(path: string): string {
  const asked = [path, `/usr${path}`].map((at) => spawnSync('dpkg-query', ['--search', at], { encoding: 'utf8' }));
  const found = asked.find(({ status }) => status === 0)?.stdout.split(': ')[0];
  if (found === undefined)
    throw new Error(
      `${path} is of no Debian package.\n  fix: build on Debian with its own C library, such as in a container of it`,
    );
  return found;
}

/** The packages that these files came from. @throws Error where a file is not as its package brought it */
function packagesOf(paths: readonly string[]): SystemPackage[] {
  const owned = new Map<string, string[]>();
  for (const path of paths) {
    const owner = ownerOf(path);
    owned.set(owner, [...(owned.get(owner) ?? []), path]);
  }
  const changed = said('dpkg', '--verify', ...owned.keys()).trim();
  if (changed !== '') throw new Error(`files differ from what their packages brought:\n${changed}`);
  return [...owned].map(([key, files]) => {
    // libc6:amd64<TAB>2.36-9
    const [name = '', architecture = '', version = ''] = said('dpkg-query', '--show', key).trim().split(/[:\t]/);
    return { name, version, architecture, files: [...files].sort() };
  });
}

/** The machine's file at the same place under a root. */
const put = (root: string, path: string): void => {
  const to = join(root, path);
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(path, to);
};

/** What a build needs of a file system besides. */
const FOLDERS = ['dev', 'etc/ssl/certs', 'npm', 'proc', 'root', 'sys', 'tmp'];

/**
 * Puts together what the images are built with, as a root file system: Node and npm, whose bytes the lock file in
 * `base/` names, and the libraries that Node is linked to, from this machine's Debian packages.
 * @throws Error where the machine is no Debian, or its libraries were changed
 */
export function makeBase(root: string): void {
  const base = join(root, 'base');
  mkdirSync(base, { recursive: true });
  for (const file of ['package.json', 'package-lock.json'])
    copyFileSync(join(__dirname, 'base', file), join(base, file));
  said('npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', `--prefix=${base}`);
  const brought = join(root, NODE_PACKAGE);
  if (!existsSync(brought)) throw new Error(`no Node for linux ${process.arch}; expected: x64 or arm64`);
  // Its headers and pages are of no use to a service.
  for (const part of ['include', 'share']) rmSync(join(brought, part), { recursive: true });
  for (const folder of ['usr/bin', ...FOLDERS]) mkdirSync(join(root, folder), { recursive: true });
  renameSync(join(brought, 'bin/node'), join(root, NODE));
  const libraries = librariesOf(join(root, NODE));
  for (const library of libraries) put(root, library);
  const packages = packagesOf(libraries);
  for (const { name } of packages) put(root, copyrightOf(name));
  writeFileSync(join(root, SYSTEM_PACKAGES), `${JSON.stringify(packages, undefined, 2)}\n`);
}
