import { researchTeam } from '../blueprints';
import { AgentEnvironment, App } from '../lib';
import { kubernetes as platform } from './shared/platforms';
import { agentImages } from './shared/research-team';
import { database, images, owner } from './shared/support-desk';

const state = database('research_team');
const hosts = { host: 'research.example.com', approvalsHost: 'approvals.research.example.com' };
const app = new App();
new AgentEnvironment(
  app,
  researchTeam({ name: 'research-team', owner, platform, images, agentImages, state, ...hosts }),
);
app.synth();
