import { Construct } from 'constructs';
import { KubeObject } from '../k8s';
import { FALCO_PODS, SYSTEM_NAMESPACE } from '../names';
import { DASHBOARD_LABEL, grafana, type Panel } from '../observability/grafana';
import type { FoundationContext } from './context';

const HERE = `{namespace="${SYSTEM_NAMESPACE}"}`;
/** Falco's own names (https://falco.org/docs/concepts/metrics/falco-metrics/). */
const DROPS = `falcosecurity_scap_n_drops_total${HERE}`;
const EVENTS = `falcosecurity_scap_n_evts_total${HERE}`;
const LOST = `falcosecurity_falco_outputs_queue_num_drops_total${HERE}`;
const MATCHES = `falcosecurity_falco_rules_matches_total${HERE}`;

const PANELS: readonly Panel[] = [
  { title: 'Nodes that are watched', type: 'stat', unit: 'none', targets: [[`count(up${HERE} == 1)`, 'nodes']] },
  {
    title: 'Events of the kernel, and those that were dropped',
    type: 'timeseries',
    unit: 'none',
    targets: [
      [`sum(rate(${EVENTS}[5m]))`, 'events'],
      [`sum(rate(${DROPS}[5m]))`, 'dropped'],
    ],
  },
  {
    title: 'Alerts, by rule',
    type: 'timeseries',
    unit: 'none',
    targets: [[`sum by (rule_name) (increase(${MATCHES}[1h]))`, '{{rule_name}}']],
  },
  {
    title: 'Alerts that nobody was told',
    type: 'stat',
    unit: 'none',
    targets: [[`sum(increase(${LOST}[1h]))`, 'lost']],
  },
];

const ALERTS = [
  {
    alert: 'FirepitFalcoDown',
    expr: `absent(up${HERE} == 1) or count(up${HERE} == 0) > 0`,
    for: '2m',
    summary: 'Falco is down on a node: nobody sees what agents do there',
    action: 'look at its pod; the wardens of that node raise their own alarm',
  },
  {
    alert: 'FirepitFalcoDrops',
    expr: `sum by (pod) (rate(${DROPS}[5m])) / sum by (pod) (rate(${EVENTS}[5m])) > 0.01`,
    for: '1m',
    summary: 'Falco misses events of the kernel: somebody may hide in the noise',
    action: 'find the pod that makes so many system calls; then give Falco more room',
  },
  {
    alert: 'FirepitAlertsLost',
    expr: `sum(increase(${LOST}[10m])) > 0`,
    for: '0m',
    summary: 'Falco saw something and could not tell anybody',
    action: 'look at the relay beside it, and at the wardens it cannot reach',
  },
] as const;

/** How people see that Falco works: scraping, alerts, a dashboard. */
export class Watch extends Construct {
  constructor(scope: Construct, id: string, context: FoundationContext) {
    super(scope, id);
    const of = (purpose: string) => ({ namespace: SYSTEM_NAMESPACE, purpose }) as const;
    const { team, contact } = context.declaration.owner;
    new KubeObject(this, 'scrape', 'PodMonitor', {
      metadata: context.metadata('falco', of('metrics of Falco')),
      spec: {
        selector: { matchLabels: FALCO_PODS },
        namespaceSelector: { matchNames: [SYSTEM_NAMESPACE] },
        podMetricsEndpoints: [{ port: 'web', path: '/metrics', interval: '15s', scheme: 'http' }],
      },
    });
    new KubeObject(this, 'alerts', 'PrometheusRule', {
      metadata: context.metadata('alerts', of('alerts on what must never be silent')),
      spec: {
        groups: [
          {
            name: `${SYSTEM_NAMESPACE}.firepit`,
            rules: ALERTS.map(({ summary, action, ...rule }) => ({
              ...rule,
              labels: { severity: 'critical', owner: team.replaceAll(/[^A-Za-z0-9_-]/g, '-') },
              annotations: { summary, action, contact },
            })),
          },
        ],
      },
    });
    new KubeObject(this, 'dashboard', 'ConfigMap', {
      metadata: context.metadata('dashboard', { ...of('Grafana dashboard'), labels: DASHBOARD_LABEL }),
      data: { [`${SYSTEM_NAMESPACE}.json`]: grafana(SYSTEM_NAMESPACE, 'Firepit / foundation', PANELS) },
    });
  }
}
