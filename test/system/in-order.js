const { readFileSync } = require('node:fs');
const Sequencer = require('@jest/test-sequencer').default;

/** What brings an API server of its own takes minutes: were it last, everything else would wait for it. */
const isLong = ({ path }) => readFileSync(path, 'utf8').includes('cluster/prepared');

/** The long ones first, then by name: jest's own order comes from this very machine, and another order is another test. */
module.exports = class InOrder extends Sequencer {
  sort(tests) {
    return [...tests].sort((a, b) => isLong(b) - isLong(a) || (a.path < b.path ? -1 : 1));
  }
};
