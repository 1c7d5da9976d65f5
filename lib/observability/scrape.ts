import { Construct } from 'constructs';
import type { Context } from '../context';
import { KubeObject } from '../k8s';
import { LABEL } from '../names';

/** Scrape configuration for the control plane. Agents are not scraped: they have one neighbour, the gateway. */
export class Scrape extends Construct {
  constructor(scope: Construct, id: string, context: Context) {
    super(scope, id);
    const { names } = context;
    new KubeObject(this, 'Default', 'PodMonitor', {
      metadata: context.metadata('control-plane', {
        namespace: names.control,
        purpose: 'metrics of everything that governs',
      }),
      spec: {
        selector: {
          matchLabels: { [LABEL.environment]: names.environment },
          matchExpressions: [{ key: LABEL.component, operator: 'Exists' }],
        },
        namespaceSelector: { matchNames: [names.control] },
        podTargetLabels: [LABEL.component],
        podMetricsEndpoints: [{ port: 'metrics', path: '/metrics', interval: '15s', scheme: 'http' }],
      },
    });
  }
}
