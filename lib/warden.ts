import { Construct } from 'constructs';
import type { Context } from './context';
import {
  apiServerFiles,
  frontOf,
  immutableConfig,
  type ServiceProps,
  secretFiles,
  servicePod,
  stateAccess,
  telemetryAccess,
} from './control-plane';
import { selectorOf } from './isolation/workload';
import { KubeObject } from './k8s';
import { PORT } from './names';
import { FALCO_CLIENT_CA } from './runtime/objects';
import { FALCO_CA_PATH, wardenConfigOf } from './runtime/warden-config';
import { WardenRights } from './runtime/warden-rights';

/** The kill switch: hears Falco, the governor and people, and acts through the API server. */
export class Warden extends Construct {
  constructor(scope: Construct, id: string, context: Context) {
    super(scope, id);
    const props: ServiceProps = {
      component: 'warden',
      purpose: 'the kill switch: contains an agent and proves that it did',
      replicas: 1,
      config: { 'warden.json': `${JSON.stringify(wardenConfigOf(context), null, 2)}\n` },
      ports: { https: PORT.https, back: PORT.back },
      files: [
        apiServerFiles(),
        secretFiles('falco', FALCO_CLIENT_CA, FALCO_CA_PATH, ['ca.crt']),
        ...stateAccess(context).files,
        ...telemetryAccess(context, 'warden').files,
      ],
      memory: '256Mi',
      terminationGracePeriodSeconds: 10,
    };
    const namespace = context.names.control;
    immutableConfig(this, context, props.component, namespace, props.config);
    frontOf(this, context, props.component, props.purpose, props.ports);
    new WardenRights(this, 'rights', context);
    const { labels, pod } = servicePod(context, props);
    new KubeObject(this, 'Default', 'Deployment', {
      metadata: context.metadata(props.component, {
        namespace,
        purpose: props.purpose,
        usesProductImages: true,
        labels: { ...labels },
      }),
      spec: {
        replicas: 1,
        revisionHistoryLimit: 5,
        progressDeadlineSeconds: 600,
        selector: { matchLabels: selectorOf(labels) },
        // Never two at a time: what one contains, another must not count again or release.
        strategy: { type: 'Recreate' },
        template: {
          metadata: {
            labels: { 'app.kubernetes.io/part-of': context.names.environment, ...labels },
            annotations: { ...context.platform.podAnnotations },
          },
          spec: pod,
        },
      },
    });
  }
}
