// Workers see the environment, not the flag: golden trees are never updated under CI.
if (process.argv.includes('--ci')) process.env.CI = 'true';

/** jest runs TypeScript through swc: types are checked by `npm run typecheck`, a step of its own. */
module.exports = {
  testEnvironment: 'node',
  maxWorkers: '100%',
  // Tests that start processes wait longer on a busy machine.
  testTimeout: 60_000,
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  // Steps of their own, so that `npm test` stays short: `npm run test:mutations`, `test:command`, `test:pages`,
  // `test:package`.
  testPathIgnorePatterns: [
    '<rootDir>/test/types/',
    '<rootDir>/test/system/',
    'minimum-bar/mutations/',
    '<rootDir>/test/cli/(prove|refusals|synth)\\.test\\.ts$',
    '<rootDir>/test/package\\.test\\.ts$',
    '<rootDir>/test/pages\\.test\\.ts$',
  ],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
    '^.+\\.js$': ['@swc/jest', { jsc: { target: 'es2022' }, module: { type: 'commonjs' } }],
  },
  // Packages that are ES modules alone: Node loads them with `require`, jest only on Node 24.9 and newer.
  transformIgnorePatterns: ['/node_modules/(?!(jose|eventsource-parser|@secretlint/[a-z-]+)/)'],
  setupFilesAfterEnv: ['<rootDir>/test/support/setup.ts'],
};
