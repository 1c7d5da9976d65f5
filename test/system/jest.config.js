const base = require('../../jest.config.js');

/** Tests with real servers: a step of its own, because `npm test` needs Node and nothing else. */
module.exports = {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/system'],
  testTimeout: 60_000,
  maxWorkers: 1,
  testEnvironment: '<rootDir>/test/system/dies-with-jest.js',
  testSequencer: '<rootDir>/test/system/in-order.js',
  reporters: ['default', '<rootDir>/test/system/times.js'],
  // What `npm test` leaves out is what runs here.
  testPathIgnorePatterns: [],
};
