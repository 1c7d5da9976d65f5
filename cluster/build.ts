import { execFileSync, type StdioOptions } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { locked } from './lock';
import { RECIPES, type Recipe } from './recipes';
import { type Family, VERSIONS } from './versions';

const cache = (): string => join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'firepit');

/** What building a folder of the cache took. */
const BUILT = 'built.json';

/** Seconds that each family of the cache took to build, once, on this machine. */
export function buildTimes(): Record<string, number> {
  const times = Object.keys(RECIPES).flatMap((family): [string, number][] => {
    const file = join(folderOf(family as Family), BUILT);
    return existsSync(file) ? [[family, JSON.parse(readFileSync(file, 'utf8')).seconds as number]] : [];
  });
  return Object.fromEntries(times);
}

/** Where the programs of a family are, or will be once built. */
export const folderOf = (family: Family, version: string = VERSIONS[family]): string =>
  join(cache(), `${family}-${version}`);

/** A job of building: an empty folder to work in, the module and its version. */
interface Job {
  readonly recipe: Recipe;
  readonly version: string;
  readonly work: string;
  readonly programs: readonly string[];
}

const go = (cwd: string, cgo: boolean, ...args: string[]): string => {
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe'];
  const env = { ...process.env, CGO_ENABLED: cgo ? '1' : '0', GOWORK: 'off', GOFLAGS: '-buildvcs=false -trimpath' };
  try {
    // Interrupted when this process ends, however it ends: nobody goes on building for nobody.
    const tied = process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'INT', 'go'] : ['go'];
    const [program = '', ...rest] = [...tied, ...args];
    return execFileSync(program, rest, { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, stdio, env });
  } catch (error) {
    const said = String((error as { stderr?: unknown }).stderr ?? '').trim();
    throw new Error(`go ${args.join(' ')}: ${said === '' ? (error as Error).message : said}`);
  }
};

const downloaded = (cwd: string, module: string, version: string): { Dir: string; GoMod: string } =>
  JSON.parse(go(cwd, false, 'mod', 'download', '-json', `${module}@${version}`));

/** Prepares `work` as a module from which every package of the recipe can be built. */
function prepare({ recipe, version, work }: Job): string {
  const { module } = recipe;
  if (module === undefined) {
    go(work, false, 'mod', 'init', 'firepit.dev/build');
    writeFileSync(join(work, 'main.go'), recipe.source ?? '');
    return work;
  }
  if (recipe.how === 'own') {
    const source = join(work, 'source');
    cpSync(downloaded(work, module, version).Dir, source, { recursive: true });
    execFileSync('chmod', ['-R', 'u+w', source]);
    for (const { file, from, to } of recipe.edits ?? []) {
      const text = readFileSync(join(source, file), 'utf8');
      if (!text.includes(from)) throw new Error(`${file} does not hold "${from}": look how ${version} says it`);
      writeFileSync(join(source, file), text.replace(from, to));
    }
    return source;
  }
  go(work, false, 'mod', 'init', 'firepit.dev/build');
  go(work, false, 'mod', 'edit', `-require=${module}@${version}`);
  if (recipe.how === 'staged') {
    // The published module asks for its staging modules at v0.0.0: each release has them as v0.<minor>.<patch>.
    const published = readFileSync(downloaded(work, module, version).GoMod, 'utf8');
    for (const [, staging] of published.matchAll(/^\s+(k8s\.io\/\S+) v0\.0\.0$/gm))
      go(work, false, 'mod', 'edit', `-replace=${staging}=${staging}@${version.replace('v1.', 'v0.')}`);
  }
  const imports = Object.values(recipe.programs).map((at) => `import _ "${at}"`);
  writeFileSync(join(work, 'main.go'), recipe.source ?? `//go:build tools\n\npackage tools\n\n${imports.join('\n')}\n`);
  return work;
}

function make(job: Job): void {
  const { recipe, version, work, programs } = job;
  const folder = prepare(job);
  const flags = ['-ldflags', `-s -w ${recipe.ldflags?.(version) ?? ''}`];
  if (recipe.how !== 'own') flags.push('-mod=mod');
  if (recipe.tags !== undefined) flags.push(`-tags=${recipe.tags}`);
  for (const program of programs)
    go(
      folder,
      recipe.cgo === true,
      'build',
      ...flags,
      '-o',
      join(work, 'out', program),
      recipe.programs[program] ?? '',
    );
}

/**
 * Folder with the programs of a family, built from the Go module proxy if they are not there yet. A program appears
 * in the cache whole or not at all; two builds at once wait for each other.
 */
export async function built(family: Family, version: string = VERSIONS[family]): Promise<string> {
  const recipe = RECIPES[family];
  const folder = folderOf(family, version);
  const missing = () => Object.keys(recipe.programs).filter((program) => !existsSync(join(folder, program)));
  if (missing().length === 0) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  await locked(`${folder}.lock`, () => {
    const programs = missing();
    if (programs.length === 0) return;
    const start = Date.now();
    process.stderr.write(`building ${family} ${version}: ${programs.join(', ')} (once; minutes)\n`);
    // Beside the cache, so that a finished program is only renamed; a killed build's remains go first.
    const work = `${folder}.build`;
    rmSync(work, { recursive: true, force: true });
    try {
      mkdirSync(work);
      make({ recipe, version, work, programs });
      mkdirSync(folder, { recursive: true });
      for (const program of programs) renameSync(join(work, 'out', program), join(folder, program));
      // Beside the programs: later runs find them built, and still tell what it took.
      const seconds = Math.round((Date.now() - start) / 1000);
      writeFileSync(join(folder, BUILT), JSON.stringify({ version, seconds }));
    } catch (error) {
      throw new Error(`${family} ${version} could not be built.\n${(error as Error).message}`);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
  return folder;
}
