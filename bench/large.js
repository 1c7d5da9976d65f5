/**
 * Runs in a process of its own, on the built package: one large environment, from its declaration to the text of every
 * file, judged, and one agent and one object explained. Reads the declaration from standard input; writes milliseconds
 * of processor time and megabytes.
 */
const { readFileSync } = require('node:fs');
const { AgentEnvironment, App, environment } = require('../build/lib');
const { agentFacts, agentText } = require('../build/cli/explain-agent');
const { objectFacts, objectText } = require('../build/cli/explain-object');
const { filesOf, refusalOf, synthesize } = require('../build/lib/synth/driver');

const input = JSON.parse(readFileSync(0, 'utf8'));
const before = process.cpuUsage();
const app = new App();
const { declaration } = new AgentEnvironment(app, environment(input));
const synthesis = synthesize(app);
const files = refusalOf(synthesis) === undefined ? filesOf(synthesis).size : 0;
const [agent] = Object.keys(declaration.agents);
agentText(agentFacts('apps/large.ts', declaration, agent, declaration.agents[agent]));
objectText(objectFacts('apps/large.ts', synthesis, synthesis.objects[0]));
const { user, system } = process.cpuUsage(before);
const megabytes = process.resourceUsage().maxRSS / 1024;
process.stdout.write(JSON.stringify({ milliseconds: (user + system) / 1000, megabytes, files }));
