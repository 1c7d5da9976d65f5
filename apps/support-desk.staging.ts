import { supportDesk } from '../blueprints';
import { AgentEnvironment, App } from '../lib';
import { kubernetes as platform } from './shared/platforms';
import { agentImage, database, images, owner } from './shared/support-desk';

const app = new App();
new AgentEnvironment(
  app,
  supportDesk({
    name: 'support-desk-staging',
    owner,
    platform,
    images,
    agentImage,
    state: database('support_desk_staging'),
    replicas: 2,
    host: 'support-desk.staging.example.com',
    approvalsHost: 'approvals.staging.example.com',
  }),
);
app.synth();
