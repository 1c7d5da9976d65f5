const { basename, dirname, join, relative } = require('node:path');
const { mkdirSync, writeFileSync } = require('node:fs');

/** Writes down what each file of the system tests took; `npm run docs` puts it on the page of proofs. */
module.exports = class Times {
  onTestResult({ path }, { numPassingTests, numFailingTests, numPendingTests, perfStats }) {
    const name = join(relative(__dirname, dirname(path)), basename(path, '.test.ts'));
    const folder = join(__dirname, '../../coverage/proof');
    mkdirSync(folder, { recursive: true });
    const facts = {
      stage: `tests ${name}`,
      seconds: Math.round(perfStats.runtime / 1000),
      passed: numPassingTests,
      failed: numFailingTests,
      skipped: numPendingTests,
    };
    writeFileSync(join(folder, `tests-${name.replaceAll('/', '-')}.json`), `${JSON.stringify(facts, undefined, 2)}\n`);
  }
};
