const { TestEnvironment } = require('jest-environment-node');

/** A worker whose jest was killed would go on with its test, and with the servers of that. */
function diesWithJest() {
  const { ppid } = process;
  // The event `disconnect` would say so too, but whoever listens to it never ends by itself.
  setInterval(() => process.ppid === ppid || process.kill(process.pid, 'SIGKILL'), 500).unref();
}

let watched = false;
module.exports = class DiesWithJest extends TestEnvironment {
  async setup() {
    await super.setup();
    if (!watched) diesWithJest();
    watched = true;
  }
};
module.exports.diesWithJest = diesWithJest;
