import { selfHostedModel } from '../blueprints';
import { AgentEnvironment, App, Exposure } from '../lib';
import { kubernetes as platform } from './shared/platforms';
import * as example from './shared/self-hosted-model';
import { database, images, owner } from './shared/support-desk';

const app = new App();
const host = Exposure.inCluster({ from: [{ namespace: 'legal', pods: { 'app.kubernetes.io/name': 'portal' } }] });
const approvalsHost = 'approvals.contracts.example.com';
const own = { name: 'contracts', owner, platform, images, state: database('contracts'), host, approvalsHost };
new AgentEnvironment(app, selfHostedModel({ ...own, ...example }));
app.synth();
