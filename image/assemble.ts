/**
 * Puts together what the images hold. Runs in the build stage of the Containerfile, where packages are as the lock file
 * says: `assemble FOLDER`.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { copyrightOf, NODE, NODE_PACKAGE, SYSTEM_PACKAGES, type SystemPackage } from './base';
import { type Other, packageOf, type Sbom, sbomOf } from './sbom';
import { SERVICES } from './services';

const PROGRAM = 'usr/lib/firepit';
const LICENSES = 'usr/share/licenses';
const LICENSE = /^(licen[cs]e|copying|notice)([.-].*)?$/i;

/** Packages that read a file of theirs at run time, which is put beside the program. */
const DATA: Readonly<Record<string, string>> = { '@cedar-policy/cedar-wasm': 'nodejs/cedar_wasm_bg.wasm' };

/** Never reached in a pod: its database is PostgreSQL, through JavaScript. */
const LEFT_OUT = ['@electric-sql/pglite', 'pg-native'];

const copy = (from: string, to: string): void => {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
};

function licences(folder: string, to: string): void {
  for (const file of readdirSync(folder).filter((name) => LICENSE.test(name))) copy(join(folder, file), join(to, file));
}

const packageJson = (folder: string): { name: string; version: string } =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/** Folders, from here, of the packages that files belong to. */
const foldersOf = (inputs: readonly string[]): string[] => [
  ...new Set(
    inputs.flatMap((input) => {
      const name = packageOf(input);
      return name === undefined
        ? []
        : [`${input.slice(0, input.lastIndexOf(`node_modules/${name}/`))}node_modules/${name}`];
    }),
  ),
];

/** Node, and the libraries that it is linked to. */
function runtime(to: string): Other[] {
  const packages = JSON.parse(readFileSync(SYSTEM_PACKAGES, 'utf8')) as SystemPackage[];
  copy(NODE, join(to, NODE));
  licences(NODE_PACKAGE, join(to, LICENSES, 'node'));
  for (const { name, files } of packages) {
    for (const file of files) copy(file, join(to, file));
    copy(copyrightOf(name), join(to, LICENSES, name, 'copyright'));
  }
  // What a container runtime mounts over.
  for (const folder of ['dev', 'etc', 'proc', 'sys', 'tmp']) mkdirSync(join(to, folder), { recursive: true });
  const version = process.versions.node;
  return [
    { name: 'node', version, purl: `pkg:generic/node@${version}` },
    ...packages.map(({ name, version, architecture }) => ({
      name,
      version,
      purl: `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}`,
    })),
  ];
}

/** One service as one file, the data it reads, licences, and the bill of what is in its image. */
async function service(name: string, to: string, all: Sbom, others: readonly Other[]): Promise<void> {
  const { metafile } = await build({
    entryPoints: [`services/${name}/main.ts`],
    outfile: join(to, PROGRAM, 'main.js'),
    bundle: true,
    platform: 'node',
    target: `node${process.versions.node}`,
    external: LEFT_OUT,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  const folders = foldersOf(Object.keys(metafile.inputs));
  const inside = new Set<string>();
  for (const folder of folders) {
    const { name: own, version } = packageJson(folder);
    inside.add(`${own}@${version}`);
    const data = DATA[own];
    if (data !== undefined) copy(join(folder, data), join(to, PROGRAM, data.split('/').pop() ?? ''));
    licences(folder, join(to, LICENSES, own));
  }
  const sbom = join(to, 'usr/share/firepit/sbom.cdx.json');
  mkdirSync(dirname(sbom), { recursive: true });
  writeFileSync(sbom, `${JSON.stringify(sbomOf(name, all, inside, others), undefined, 2)}\n`);
}

async function main(to: string): Promise<void> {
  const npm = join(dirname(NODE_PACKAGE), 'npm/bin/npm-cli.js');
  const asked = [npm, 'sbom', '--sbom-format=cyclonedx', '--package-lock-only', '--cache=/npm'];
  const all = JSON.parse(execFileSync(process.execPath, asked, { encoding: 'utf8' })) as Sbom;
  const others = runtime(join(to, 'runtime'));
  for (const name of SERVICES) await service(name, join(to, name), all, others);
}

main(process.argv[2] ?? '').catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
