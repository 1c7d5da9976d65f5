import { Construct } from 'constructs';
import { METRICS } from '../../contract';
import type { Context } from '../context';
import { KubeObject } from '../k8s';
import { DASHBOARD_LABEL, grafana, type Panel } from './grafana';

const panels = (control: string): readonly Panel[] => {
  const by = (metric: string, extra = ''): string => `${metric}{namespace="${control}"${extra}}`;
  return [
    {
      title: 'Decisions',
      type: 'timeseries',
      unit: 'reqps',
      targets: [[`sum by (effect) (rate(${by(METRICS.decisions)}[5m]))`, '{{effect}}']],
    },
    {
      title: 'Denied, by reason',
      type: 'timeseries',
      unit: 'reqps',
      targets: [[`sum by (agent, code) (rate(${by(METRICS.decisions, ',effect="deny"')}[5m]))`, '{{agent}} {{code}}']],
    },
    {
      title: 'Time to decide',
      type: 'timeseries',
      unit: 's',
      targets: [0.5, 0.99].map(
        (q) =>
          [
            `histogram_quantile(${q}, sum by (le) (rate(${by(`${METRICS.decisionSeconds}_bucket`)}[5m])))`,
            `p${q * 100}`,
          ] as const,
      ),
    },
    {
      title: 'Waiting for a person',
      type: 'stat',
      unit: 'none',
      targets: [[`sum(${by(METRICS.approvalsPending)})`, 'pending']],
    },
    {
      title: 'Answers',
      type: 'timeseries',
      unit: 'none',
      targets: [[`sum by (result) (increase(${by(METRICS.approvals)}[1h]))`, '{{result}}']],
    },
    {
      title: 'Contained agents',
      type: 'stat',
      unit: 'none',
      targets: [[`sum(${by(METRICS.contained)})`, 'contained']],
    },
    {
      title: 'Detector silent for',
      type: 'stat',
      unit: 's',
      targets: [[`max(${by(METRICS.detectorSilence)})`, 'seconds']],
    },
    {
      title: 'Age of the last checkpoint',
      type: 'stat',
      unit: 's',
      targets: [[`max(${by(METRICS.checkpointAge)})`, 'seconds']],
    },
    {
      title: 'Entries in the log',
      type: 'stat',
      unit: 'none',
      targets: [[`max(${by(METRICS.ledgerEntries)})`, 'entries']],
    },
    {
      title: 'Guard hits',
      type: 'timeseries',
      unit: 'reqps',
      targets: [[`sum by (zone) (rate(${by(METRICS.guardHits)}[5m]))`, '{{zone}}']],
    },
    {
      title: 'Tokens',
      type: 'timeseries',
      unit: 'none',
      targets: [[`sum by (agent, direction) (increase(${by(METRICS.tokens)}[1h]))`, '{{agent}} {{direction}}']],
    },
    {
      title: 'Spans, and those that were dropped',
      type: 'timeseries',
      unit: 'none',
      targets: [[`sum by (result) (increase(${by(METRICS.spans)}[5m]))`, '{{result}}']],
    },
  ];
};

/** A Grafana dashboard, as the ConfigMap that Grafana's sidecar finds by its label. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, context: Context) {
    super(scope, id);
    const { names } = context;
    new KubeObject(this, 'Default', 'ConfigMap', {
      metadata: context.metadata('dashboard', {
        namespace: names.control,
        purpose: 'Grafana dashboard',
        labels: DASHBOARD_LABEL,
      }),
      data: {
        [`firepit-${names.environment}.json`]: grafana(
          `firepit-${names.environment}`,
          `Firepit / ${names.environment}`,
          panels(names.control),
        ),
      },
    });
  }
}
