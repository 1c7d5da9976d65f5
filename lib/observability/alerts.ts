import { Construct } from 'constructs';
import { METRICS } from '../../contract';
import type { Context } from '../context';
import { KubeObject } from '../k8s';

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly severity: 'critical' | 'warning';
  readonly summary: string;
  readonly action: string;
}

const alerts = (control: string, deadlineSeconds: number): readonly Alert[] => {
  const here = `{namespace="${control}"}`;
  return [
    {
      alert: 'FirepitControlPlaneDown',
      expr: `absent(up{namespace="${control}",firepit_dev_component="governor"} == 1) or absent(up{namespace="${control}",firepit_dev_component="gateway"} == 1)`,
      for: '2m',
      severity: 'critical',
      summary: 'no gateway or governor answers: every call of every agent is denied',
      action: 'look at the pods of the control namespace; agents stay closed until it is back',
    },
    {
      alert: 'FirepitAgentContained',
      expr: `max by (agent) (${METRICS.contained}${here}) > 0`,
      for: '0m',
      severity: 'critical',
      summary: 'agent {{ $labels.agent }} is contained',
      action: 'read the containment record and the audit log; release takes two people',
    },
    {
      alert: 'FirepitDetectorSilent',
      expr: `max(${METRICS.detectorSilence}${here}) > 120`,
      for: '1m',
      severity: 'critical',
      summary: 'Falco has not been heard of: the runtime layer is blind',
      action: 'look at the Falco pods and at the drops they report',
    },
    {
      alert: 'FirepitLedgerBehind',
      expr: `max(${METRICS.checkpointAge}${here}) > 30`,
      for: '1m',
      severity: 'critical',
      summary: 'the audit log signs no checkpoints',
      action: 'look at the ledger pod, its volume and its key',
    },
    {
      alert: 'FirepitApprovalsExpire',
      expr: `sum(increase(${METRICS.approvals}{namespace="${control}",result="expired"}[1h])) > 5`,
      for: '0m',
      severity: 'warning',
      summary: 'requests for approval run out unanswered',
      action: `more approvers, or fewer operations that need one; the deadline is ${deadlineSeconds} s`,
    },
    {
      alert: 'FirepitToolChanged',
      expr: `sum by (operation) (increase(${METRICS.toolChanges}${here}[1h])) > 0`,
      for: '0m',
      severity: 'critical',
      summary: 'the MCP server shows {{ $labels.operation }} otherwise than before, or than it is pinned',
      action: 'compare both definitions by their digests in the audit log; pin the new one only when it is right',
    },
    {
      alert: 'FirepitRecordConflict',
      expr: `sum(increase(${METRICS.recordConflicts}${here}[1h])) > 0`,
      for: '0m',
      severity: 'warning',
      summary: 'a call came out otherwise than the record says: its first outcome stands, a later one was left out',
      action:
        'find the decision in the log of the governor; the answer was withheld after the acknowledgement of its record was lost',
    },
    {
      alert: 'FirepitOutcomeLost',
      expr: `sum(increase(${METRICS.lostOutcomes}${here}[1h])) > 0`,
      for: '0m',
      severity: 'critical',
      summary: 'answers passed whose outcome nobody could keep: neither the database nor the spool took it',
      action: 'find the decisions in the log of the governor; answers wait for their outcomes until one is kept again',
    },
    {
      alert: 'FirepitDenialsHigh',
      expr: `sum by (agent) (rate(${METRICS.decisions}{namespace="${control}",effect="deny"}[10m])) / sum by (agent) (rate(${METRICS.decisions}${here}[10m])) > 0.5`,
      for: '10m',
      severity: 'warning',
      summary: 'more than half of what agent {{ $labels.agent }} tries is denied',
      action: 'a broken agent, a missing right, or somebody at work in it: read its last runs',
    },
  ];
};

/** Alerts on what must never be silent. */
export class Alerts extends Construct {
  constructor(scope: Construct, id: string, context: Context) {
    super(scope, id);
    const { names, declaration } = context;
    new KubeObject(this, 'Default', 'PrometheusRule', {
      metadata: context.metadata('alerts', {
        namespace: names.control,
        purpose: 'alerts on what must never be silent',
      }),
      spec: {
        groups: [
          {
            name: `${names.environment}.firepit`,
            rules: alerts(names.control, declaration.approvals.deadline.seconds).map(
              ({ summary, action, severity, ...rule }) => ({
                ...rule,
                labels: {
                  severity,
                  environment: names.environment,
                  owner: declaration.owner.team.replaceAll(/[^A-Za-z0-9_-]/g, '-'),
                },
                annotations: { summary, action, contact: declaration.owner.contact },
              }),
            ),
          },
        ],
      },
    });
  }
}
