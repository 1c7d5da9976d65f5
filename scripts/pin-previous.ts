import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packed } from '../test/system/upgrade/previous';

/**
 * `npm run pin-previous -- <tag or commit>`: keeps the golden trees of that version as the one that the upgrade test
 * upgrades from. Run once for each release, with the tag of the release before.
 */
const ROOT = join(__dirname, '..');
const GOLDEN = 'test/golden/';
const git = (...args: readonly string[]): string =>
  execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });

const [, , ref] = process.argv;
if (ref === undefined) {
  process.stderr.write('pin-previous: the tag or commit of the previous version is expected\n');
  process.exit(1);
}
const commit = git('rev-parse', '--verify', `${ref}^{commit}`).trim();
const { version } = JSON.parse(git('show', `${commit}:package.json`)) as { version: string };
const trees: Record<string, Record<string, string>> = {};
for (const path of git('ls-tree', '-r', '--name-only', commit, GOLDEN).trim().split('\n')) {
  const [environment = '', ...rest] = path.slice(GOLDEN.length).split('/');
  trees[environment] = { ...trees[environment], [rest.join('/')]: git('show', `${commit}:${path}`) };
}
const bytes = packed({ version, commit, trees });
writeFileSync(join(ROOT, 'test/system/upgrade/previous.json.br'), bytes);
process.stdout.write(
  `${version} (${commit.slice(0, 10)}): ${Object.keys(trees).length} environments, ${bytes.length} bytes\n`,
);
