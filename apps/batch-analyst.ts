import { batchAnalyst } from '../blueprints';
import { AgentEnvironment, App } from '../lib';
import { agentImage, database, images, owner } from './shared/batch-analyst';
import { kubernetes as platform } from './shared/platforms';

const app = new App();
const state = database('batch_analyst');
const schedule = '30 4 * * 1-5';
const host = 'batch-analyst.example.com';
const approvalsHost = 'approvals.batch-analyst.example.com';
const props = { owner, platform, images, agentImage, state, schedule, host, approvalsHost };
new AgentEnvironment(app, batchAnalyst({ name: 'batch-analyst', ...props, timeZone: 'Europe/Berlin' }));
app.synth();
