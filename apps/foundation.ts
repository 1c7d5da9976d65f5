import { clusterFoundation } from '../blueprints';
import { App, ClusterFoundation, Falco } from '../lib';
import { environments, falcoImage, relay } from './shared/foundation';
import { kubernetes as platform } from './shared/platforms';
import { owner } from './shared/support-desk';

const app = new App();
new ClusterFoundation(
  app,
  clusterFoundation({ owner, platform, falco: Falco.daemonSet({ image: falcoImage }), relay, environments }),
);
app.synth();
