/** Runs the tests against real servers: a Kubernetes API server of our own build, and Envoy. */
const { spawnSync } = require('node:child_process');
const { ensure } = require('./kubernetes');

const { kubernetes, etcd } = ensure();
const { status } = spawnSync(process.execPath, [require.resolve('./envoy.js'), ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, FIREPIT_KUBERNETES: kubernetes, FIREPIT_ETCD: etcd },
});
process.exit(status ?? 1);
