const base = require('../../jest.config.js');

/** Tests with real servers: a step of its own, because `npm test` needs Node and nothing else. */
module.exports = {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/system'],
  // A Kubernetes API server is built by `npm run test:system`; Envoy alone is enough for the rest.
  testPathIgnorePatterns: process.env.FIREPIT_KUBERNETES === undefined ? ['<rootDir>/test/system/cluster/'] : [],
  testTimeout: 60_000,
  maxWorkers: 1,
};
