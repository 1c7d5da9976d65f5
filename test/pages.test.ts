import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';
import { firepit, node, project, type Ran, ROOT } from './support/cli';
import { type Block, blocksOf, manifest, OWN_PAGES, read, spansOf } from './support/pages';
import { PRIVATE_SIGSTORE } from './support/signers';

/** What the pages show works: `npm run test:pages` runs their commands and snippets, and compares what they print. */

/** A project with the files of the first how-to, which the other pages go on from. */
function pageProject(files: Readonly<Record<string, string>>): string {
  const cwd = project({ 'images.lock.json': read('apps/shared/images.lock.json'), ...files });
  const config = join(cwd, 'tsconfig.json');
  const { compilerOptions, ...rest } = JSON.parse(readFileSync(config, 'utf8'));
  const paths = { firepit: [join(ROOT, 'lib/index.ts')], 'firepit/blueprints': [join(ROOT, 'blueprints/index.ts')] };
  writeFileSync(config, JSON.stringify({ ...rest, compilerOptions: { ...compilerOptions, paths } }));
  return cwd;
}

const isFile = ({ language, info }: Block): boolean => (language === 'ts' || language === 'json') && info !== '';
const FIRST = Object.fromEntries(
  blocksOf('docs/how-to/first-agent.md')
    .filter(isFile)
    .map(({ info, text }) => [info, text]),
);
/** What its reader received from somebody else. */
const BROUGHT = {
  'sigstore/root.json': PRIVATE_SIGSTORE.tufRoot,
  'sigstore/trusted_root.json': PRIVATE_SIGSTORE.trustedRoot,
};
/** Every page with TypeScript or commands, and its project. */
const PROJECTS = new Map(
  OWN_PAGES.filter((page) => blocksOf(page).some(({ language }) => language === 'ts' || language === 'sh')).map(
    (page) => [page, pageProject({ ...FIRST, ...BROUGHT })],
  ),
);

/** What output must look like: `…` stands for anything, alone on a line for any lines. */
const patternOf = (text: string): RegExp =>
  new RegExp(
    `^${text
      .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replace(/^…\n/gm, '(?:.*\\n)*?')
      .replaceAll('…', '.*')}$`,
  );

/** Steps of a page, in a project of its own. */
class Walk {
  private last: Ran | undefined;
  private snippets = 0;

  constructor(
    private readonly cwd: string,
    readonly page: string,
  ) {}

  async step(block: Block): Promise<void> {
    const { language, info, text } = block;
    if (isFile(block)) this.write(info, text);
    else if (language === 'ts') await this.snippet(text);
    else if (language === 'sh') await this.commands(text, Number(/^exit=(\d+)$/.exec(info)?.[1] ?? 0));
    else if (language === 'text') this.output(block);
    else if (language === 'console') this.untried(text);
    else expect({ page: this.page, language }).toEqual({ page: this.page, language: '' });
  }

  private write(path: string, text: string): void {
    if (FIRST[path] === text) return;
    mkdirSync(dirname(join(this.cwd, path)), { recursive: true });
    writeFileSync(join(this.cwd, path), text);
  }

  private async snippet(text: string): Promise<void> {
    const file = `snippet-${++this.snippets}.ts`;
    this.write(file, text);
    this.last = await node(this.cwd, [file]);
    expect(this.last).toMatchObject({ code: 0, stderr: '' });
  }

  private async commands(text: string, code: number): Promise<void> {
    for (const line of text.trim().split(/\n| && /)) {
      const [program, ...args] = line.split(' ');
      if (program === 'npm') this.npm(args);
      else {
        expect(line).toMatch(/^npx firepit /);
        const untyped = args[1] === 'synth' ? ['--no-typecheck'] : [];
        this.last = await firepit(this.cwd, ...args.slice(1), ...untyped);
        expect({ line, ...this.last }).toMatchObject({ line, code });
      }
    }
  }

  private npm([command = '', script = '']: readonly string[]): void {
    if (command === 'run') expect(Object.keys(manifest.scripts)).toContain(script);
    else expect(['ci', 'test']).toContain(command);
  }

  private output({ follows, text }: Block): void {
    if (!follows || this.last === undefined) return;
    expect(this.last.stdout + this.last.stderr).toMatch(patternOf(text));
  }

  private untried(text: string): void {
    for (const line of text.trim().split('\n'))
      expect(line).toMatch(
        /^\$ (kubectl (apply|create|delete|get)|npm (ci|pack|init|install|run dev)|skopeo copy|cosign sign|npx firepit (audit|dev|doctor|prove)|pip install|openssl|mkdir|cd|cp)( |$)/,
      );
    if (text.includes('.tgz')) expect(text).toContain(`firepit-${manifest.version}.tgz`);
  }
}

describe('what the pages show works', () => {
  test.concurrent.each([...PROJECTS])(
    '%s: its commands and snippets run, and print what it says',
    async (page, cwd) => {
      const walk = new Walk(cwd, page);
      for (const block of blocksOf(page)) await walk.step(block);
      for (const path of spansOf(page).filter((span) => /^\d\d-[a-z]+\/\S+\.yaml$/.test(span)))
        expect(readdirSync(join(cwd, 'dist')).filter((name) => existsSync(join(cwd, 'dist', name, path)))).toHaveLength(
          1,
        );
    },
  );

  test('all of it type-checks', () => {
    const [[, first = ''] = []] = PROJECTS;
    const { config } = ts.readConfigFile(join(first, 'tsconfig.json'), ts.sys.readFile);
    const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, first);
    let n = 0;
    const files = [...PROJECTS].flatMap(([page, cwd]) =>
      blocksOf(page)
        .filter(({ language }) => language === 'ts')
        .map((block) => {
          const path = join(cwd, block.info || `typed-${++n}.ts`);
          mkdirSync(dirname(path), { recursive: true });
          writeFileSync(path, block.text);
          return path;
        }),
    );
    expect(files.length).toBeGreaterThan(10);
    const checked = ts.createProgram(files, { ...options, typeRoots: [join(ROOT, 'node_modules/@types')] });
    const problems = files.flatMap((path) => {
      const file = checked.getSourceFile(path);
      return [...checked.getSyntacticDiagnostics(file), ...checked.getSemanticDiagnostics(file)];
    });
    const host = { getCurrentDirectory: () => ROOT, getCanonicalFileName: (f: string) => f, getNewLine: () => '\n' };
    expect(ts.formatDiagnostics(problems, host)).toBe('');
  }, 60_000);
});
