import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as firepitLibrary from '../../lib';
import { ROOT } from './cli';

export const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
/** Written by scripts/docs.ts, and nobody's until that exists. */
export const GENERATED = existsSync(join(ROOT, 'scripts/docs.ts')) ? [] : ['docs/RULES.md', 'docs/threats.md'];
const ROOT_PAGES = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'];
export const PAGES = [
  ...ROOT_PAGES,
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path.replaceAll('\\', '/')}`)
    .sort(),
];
/** Pages that other tests own. */
export const OWN_PAGES = PAGES.filter((page) => !['docs/RULES.md', 'docs/threats.md'].includes(page));

/** A fenced block of a page. */
export interface Block {
  readonly language: string;
  /** What stands after the language: a file name, `exit=4`. */
  readonly info: string;
  readonly text: string;
  /** Whether nothing but space stands between it and the block before. */
  readonly follows: boolean;
}

const FENCE = /^```([a-z]*)(?: (.*))?\n([\s\S]*?)^```$/gm;
/** All that the package exports, for blocks that leave the import out. */
const IMPORTS = `import { ${Object.keys(firepitLibrary).join(', ')}, type EnvironmentDeclaration } from 'firepit';\n`;

export function blocksOf(page: string): Block[] {
  const whole = read(page);
  let end = 0;
  return [...whole.matchAll(FENCE)].map(({ index, 0: block, 1: language = '', 2: info = '', 3: text = '' }) => {
    const follows = whole.slice(end, index).trim() === '';
    end = index + block.length;
    return info.endsWith(' imports')
      ? { language, info: info.slice(0, -' imports'.length), text: IMPORTS + text, follows }
      : { language, info, text, follows };
  });
}
export const prose = (page: string): string => read(page).replace(FENCE, '');
export const spansOf = (page: string): string[] =>
  [...prose(page).matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);

export const manifest = JSON.parse(read('package.json')) as { scripts: Record<string, string>; version: string };
