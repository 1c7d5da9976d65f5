/** Runs the tests that need a real Envoy and no cluster. It comes from PyPI, unless ENVOY names one. */
import { spawnSync } from 'node:child_process';
import { envoyProgram } from '../cluster/envoy';

const { status } = spawnSync(
  process.execPath,
  [
    require.resolve('jest/bin/jest'),
    ...['--config', 'test/system/jest.config.js', '--testPathPatterns', 'system/(envoy|data-plane|control-point|dev)/'],
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit', env: { ...process.env, ENVOY: envoyProgram() } },
);
process.exitCode = status ?? 1;
