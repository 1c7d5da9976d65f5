import { supportDesk } from '../blueprints';
import { AgentEnvironment, App } from '../lib';
import { kubernetes } from './shared/platforms';
import { agentImage, database, images, owner } from './shared/support-desk';

const app = new App();
new AgentEnvironment(
  app,
  supportDesk({
    name: 'support-desk-prod',
    owner,
    platform: { ...kubernetes, foundation: true },
    images,
    agentImage,
    state: database('support_desk_prod'),
    replicas: 3,
    host: 'support-desk.example.com',
    approvalsHost: 'approvals.example.com',
  }),
);
app.synth();
