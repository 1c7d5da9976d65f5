/**
 * Runs in a process of its own, on the built package: environments by the thousand, one App each. Reads a declaration
 * from standard input, writes times in milliseconds and the peak of memory in megabytes.
 */
const { readFileSync } = require('node:fs');
const { AgentEnvironment, App, environment } = require('../build/lib');

const declaration = JSON.parse(readFileSync(0, 'utf8'));
const { warmup, batches, few, many } = JSON.parse(process.argv[2]);

const synthesize = (i) => {
  const app = new App();
  new AgentEnvironment(app, environment({ ...declaration, name: `bench-${i}` }));
  app.synthYaml();
};
const perEnvironment = () => {
  const start = performance.now();
  for (let i = 0; i < few; i++) synthesize(i);
  return (performance.now() - start) / few;
};
const inBatches = (n) => Array.from({ length: n }, perEnvironment);

for (let i = 0; i < warmup; i++) synthesize(i);
const before = inBatches(batches);
const thousand = inBatches(many / few);
const after = inBatches(batches);
const peak = process.resourceUsage().maxRSS / 1024;
process.stdout.write(JSON.stringify({ few: [...before, ...after], many: thousand, peak }));
