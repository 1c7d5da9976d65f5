import { supportDesk } from '../blueprints';
import { AgentEnvironment, App } from '../lib';
import { kubernetes as platform } from './shared/platforms';
import { agentImage, database, images, owner } from './shared/support-desk';

const app = new App();
new AgentEnvironment(
  app,
  supportDesk({
    name: 'support-desk-dev',
    owner,
    platform,
    images,
    agentImage,
    state: database('support_desk_dev'),
    replicas: 1,
    host: 'support-desk.dev.example.com',
    approvalsHost: 'approvals.dev.example.com',
  }),
);
app.synth();
