import { clusterFoundation } from '../blueprints';
import { App, ClusterFoundation, Falco } from '../lib';
import { falcoImage, relayImage } from './shared/foundation';
import { kubernetes as platform } from './shared/platforms';
import { owner } from './shared/support-desk';

const { deployers } = owner;
const environments = {
  'support-desk-dev': { deployers },
  'support-desk-prod': { deployers },
  'support-desk-staging': { deployers },
};
const falco = Falco.daemonSet({ image: falcoImage });
const app = new App();
new ClusterFoundation(app, clusterFoundation({ owner, platform, falco, relay: relayImage, environments }));
app.synth();
