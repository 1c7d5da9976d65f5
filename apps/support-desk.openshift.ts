import { supportDesk } from '../blueprints';
import { AgentEnvironment, App } from '../lib';
import { openshift as platform } from './shared/platforms';
import { agentImage, database, images, owner } from './shared/support-desk';

const app = new App();
new AgentEnvironment(
  app,
  supportDesk({
    name: 'support-desk-openshift',
    owner,
    platform,
    images,
    agentImage,
    state: database('support_desk_openshift'),
    replicas: 2,
    host: 'support-desk.openshift.example.com',
    approvalsHost: 'approvals.openshift.example.com',
  }),
);
app.synth();
