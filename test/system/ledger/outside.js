const { TestEnvironment } = require('jest-environment-node');
const pglite = require('@electric-sql/pglite');

/** PGlite loads its WebAssembly by dynamic import, which jest's sandbox has not: here it is loaded outside of it. */
module.exports = class extends TestEnvironment {
  async setup() {
    await super.setup();
    this.global.pglite = pglite;
  }
};
