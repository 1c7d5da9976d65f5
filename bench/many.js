/**
 * Runs in a process of its own, on the built package: environments by the thousand, one App each. Reads a declaration
 * from standard input; writes milliseconds of processor time per environment, so that other processes do not count,
 * and megabytes.
 */
const { readFileSync } = require('node:fs');
const { AgentEnvironment, App, environment } = require('../build/lib');

const declaration = JSON.parse(readFileSync(0, 'utf8'));
const { warmup, batches, few, many } = JSON.parse(process.argv[2]);
const MB = 1024 * 1024;
let heap = 0;

const synthesize = (i) => {
  const app = new App();
  new AgentEnvironment(app, environment({ ...declaration, name: `bench-${i}` }));
  app.synthYaml();
  heap = Math.max(heap, process.memoryUsage().heapTotal);
};
const perEnvironment = () => {
  const before = process.cpuUsage();
  for (let i = 0; i < few; i++) synthesize(i);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / few;
};
const inBatches = (n) => Array.from({ length: n }, perEnvironment);

for (let i = 0; i < warmup; i++) synthesize(i);
const before = inBatches(batches);
const thousand = inBatches(many / few);
const after = inBatches(batches);
const resident = (process.resourceUsage().maxRSS * 1024) / MB;
process.stdout.write(JSON.stringify({ few: [...before, ...after], many: thousand, heap: heap / MB, resident }));
