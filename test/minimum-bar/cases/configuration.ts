import { State } from '../../../lib';
import { type Cases, type Draft, onOpenShift } from '../../support/bar';
import { changed, desk } from '../../support/desk';

// biome-ignore lint/suspicious/noExplicitAny: configuration files by hand
type Any = any;
const governor = (change: (g: Any) => void) => (d: Draft) => d.json('governor', 'governor.json', change);
const cedar = (change: (text: string) => string) => (d: Draft) => {
  const { data } = d.get('ConfigMap', 'governor-policies');
  if (change(data['policies.cedar']) === data['policies.cedar']) throw new Error('nothing changed');
  data['policies.cedar'] = change(data['policies.cedar']);
};
const made = new Map<string, Any>();
/** A declaration that the schema would refuse or a bar must judge, made once. */
const declared = (name: string, change: (draft: Any) => void) => () => {
  if (!made.has(name)) made.set(name, changed(change));
  return made.get(name);
};
const bundled = () => {
  if (!made.has('bundled'))
    made.set(
      'bundled',
      changed(
        (d) => {
          d.agents.triage.tools = ['tickets.search', 'crm.customer'];
          d.agents.triage.needsApproval = [];
          d.agents.triage.sequence = [];
        },
        desk({ state: State.bundled() }),
      ),
    );
  return made.get('bundled');
};

/** Rules about configuration files, the declaration and what is kept. */
export const configuration: Cases = {
  'configuration-is-immutable': {
    noncompliance: {
      'changed in place': governor((g) => {
        g.limits.jsonDepth = 3;
      }),
      'not immutable': (d) => {
        delete d.get('ConfigMap', 'governor').immutable;
      },
      'not there': (d) => d.remove('ConfigMap', 'governor'),
      'a part of it changed in place': cedar((t) => `${t}\n`),
      'a part of it not there': (d) => d.remove('ConfigMap', 'governor-policies'),
      optional: (d) => {
        for (const v of d.pod('governor').volumes) if (v.configMap) v.configMap.optional = true;
      },
    },
    compliance: {
      'an annotation': (d) => Object.assign(d.get('ConfigMap', 'governor').metadata.annotations, { note: 'x' }),
    },
  },
  'governor-knows-the-declaration': {
    noncompliance: {
      'runs that last longer': governor((g) => {
        g.runs.lifetimeSeconds = 604_800;
      }),
      'somebody else who lets runs go on': governor((g) => g.approvals.approvers.push('group:all')),
      'an API server elsewhere that knows tokens': governor((g) => {
        g.token.review = { url: 'https://review.example.com', cacheSeconds: 10 };
      }),
      'a definition that nobody declared': governor((g) => {
        g.tools.tickets.operations.search.manifest = `sha256:${'1'.repeat(64)}`;
      }),
      'an operation more': governor((g) => g.agents.triage.operations.push('tickets.purge')),
      'an approval less': governor((g) => g.agents.triage.needsApproval.pop()),
      'an argument that accepts anything': governor((g) => {
        g.tools.tickets.operations.close.arguments = 'any';
      }),
      'a wider pattern': governor((g) => {
        g.tools.tickets.operations.close.arguments.ticket.pattern = '.*';
      }),
      'another deadline': governor((g) => {
        g.approvals.deadlineSeconds = 86400;
      }),
      'another identity provider': governor((g) => {
        g.users.issuer = 'https://login.example.net';
      }),
      'another ledger': governor((g) => {
        g.ledger.server.host = 'ledger.example.net';
      }),
      'a store that forgets': governor((g) => {
        g.state.require.fsync = false;
      }),
      'a key more': governor((g) => {
        g.failOpen = true;
      }),
      'a collector that hears what is said': governor((g) => {
        g.telemetry.content = true;
      }),
      'another collector': governor((g) => {
        g.telemetry.endpoint.host = 'collector.example.net';
      }),
      'no file': (d) => {
        delete d.get('ConfigMap', 'governor').data['governor.json'];
      },
      'bodies without end': governor((g) => {
        g.limits.bodyBytes = 1e9;
      }),
    },
    compliance: {
      'a lower limit': governor((g) => {
        g.limits.bodyBytes = 65536;
      }),
    },
  },
  'guard-enforces': {
    noncompliance: {
      'a zone that watches': governor((g) => {
        g.guard.toolResult.mode = 'observe';
      }),
      'secrets pass': governor((g) => {
        g.guard.user.secrets = 'allow';
      }),
      'nothing is decoded': governor((g) => {
        g.guard.model.maxDecodeDepth = 0;
      }),
      'a zone less': governor((g) => {
        delete g.guard.model;
      }),
    },
    compliance: {
      'secrets redacted': governor((g) => {
        g.guard.user.secrets = 'redact';
      }),
    },
  },
  'policies-permit-the-declared': {
    noncompliance: {
      'a permit for everybody': cedar((t) => `${t}\npermit (principal, action, resource);\n`),
      'an operation more': cedar((t) =>
        t.replace(
          'Firepit::Action::"tickets.close"]',
          'Firepit::Action::"tickets.close", Firepit::Action::"tickets.purge"]',
        ),
      ),
      'an agent nobody declared': cedar(
        (t) =>
          `${t}\npermit (principal == Firepit::Agent::"x", action == Firepit::Action::"tickets.close", resource);\n`,
      ),
      'a forbid less': cedar((t) => t.replace(/@id\("triage.approval.0"\)[^;]*;/, '')),
      'a forbid that never holds': cedar((t) => t.replace('unless { context.run.approved }', 'unless { true }')),
      'a statement nobody can read': cedar(
        (t) => `${t}\npermit (principal, action, resource) when { if true then true else false\n`,
      ),
      'another group': cedar((t) => t.replace('Group::"support"', 'Group::"everyone"')),
      'no policies': (d) => d.remove('ConfigMap', 'governor-policies'),
      'no schema': (d) => {
        delete d.get('ConfigMap', 'governor-policies').data['schema.cedarschema'];
      },
      'policies in two places': (d) => {
        const { data } = d.get('ConfigMap', 'governor-policies');
        d.get('ConfigMap', 'governor').data['policies.cedar'] = data['policies.cedar'];
      },
      'policies of another place': governor((g) => {
        g.policies.policies = '/etc/firepit/config/policies.cedar';
      }),
      'another digest': governor((g) => {
        g.policies.digest = `sha256:${'ab'.repeat(32)}`;
      }),
    },
    compliance: { 'the policies of OpenShift': { of: onOpenShift } },
  },
  'silence-means-no': {
    noncompliance: {
      'an approver more': (d) => d.json('approvals', 'approvals.json', (a) => a.approvers.push('group:everyone')),
      oneself: (d) => d.json('approvals', 'approvals.json', (a) => Object.assign(a, { selfApproval: true })),
      'a timeout that allows': (d) =>
        d.json('approvals', 'approvals.json', (a) => Object.assign(a, { onTimeout: 'allow' })),
      'no quorum': (d) => d.json('approvals', 'approvals.json', (a) => Object.assign(a, { quorum: 0 })),
    },
    compliance: { 'other white space': (d) => d.json('approvals', 'approvals.json', () => undefined) },
  },
  'warden-knows-the-agents': {
    noncompliance: {
      'an agent less': (d) => d.json('warden', 'warden.json', (w) => delete w.agents.triage),
      'another record': (d) => d.json('warden', 'warden.json', (w) => Object.assign(w.record, { configMap: 'x' })),
      'release by one': (d) => d.json('warden', 'warden.json', (w) => Object.assign(w.limits, { releaseQuorum: 1 })),
      'an hour of silence': (d) =>
        d.json('warden', 'warden.json', (w) => Object.assign(w.alerts, { silenceSeconds: 3600 })),
    },
    compliance: {
      'a lower cap': (d) => d.json('warden', 'warden.json', (w) => Object.assign(w.limits, { killsPerHour: 2 })),
    },
  },
  'ledger-is-kept': {
    noncompliance: {
      'two writers': (d) => Object.assign(d.get('StatefulSet', 'ledger').spec, { replicas: 2 }),
      'a scratch volume': (d) => {
        delete d.get('StatefulSet', 'ledger').spec.volumeClaimTemplates;
      },
      'a log that goes with it': (d) =>
        Object.assign(d.get('StatefulSet', 'ledger').spec.persistentVolumeClaimRetentionPolicy, {
          whenDeleted: 'Delete',
        }),
      'another writer': (d) => d.json('ledger', 'ledger.json', (l) => l.writers.push('triage.support-desk-test.svc')),
    },
    compliance: {
      'a larger volume': (d) =>
        Object.assign(d.get('StatefulSet', 'ledger').spec.volumeClaimTemplates[0].spec.resources.requests, {
          storage: '100Gi',
        }),
    },
  },
  'risky-operations-wait': {
    noncompliance: {
      'destruction unasked': { judgedBy: declared('purge', (d) => d.agents.triage.tools.push('tickets.purge')) },
      'writing outside without bound': {
        judgedBy: declared('unbounded', (d) => {
          d.agents.triage.needsApproval = [];
          d.agents.triage.sequence = d.agents.triage.sequence.filter((r: Any) => r.kind === 'neverBefore');
        }),
      },
      'writing outside with rules that need never hold': {
        judgedBy: declared('unbounded', (d) => {
          const within = { seconds: 60 };
          d.agents.triage.needsApproval = [
            {
              kind: 'when',
              condition: { kind: 'distinctOver', operation: 'tickets.reply', argument: 'ticket', over: 1, within },
            },
          ];
          d.agents.triage.sequence = [
            {
              kind: 'deny',
              condition: { kind: 'formerly', operation: 'tickets.reply', other: 'tickets.search', within },
            },
          ];
        }),
      },
    },
    compliance: {
      'writing outside in an order': {
        judgedBy: declared('ordered', (d) => {
          d.agents.triage.needsApproval = [];
          d.agents.triage.sequence = [
            {
              kind: 'onlyWhen',
              condition: {
                kind: 'previous',
                operation: 'tickets.reply',
                other: 'tickets.search',
                within: { seconds: 60 },
              },
            },
          ];
        }),
      },
      'destruction that waits': {
        judgedBy: declared('asked', (d) => {
          d.agents.triage.tools.push('tickets.purge');
          d.agents.triage.needsApproval.push({ kind: 'operation', operation: 'tickets.purge' });
        }),
      },
    },
  },
  'somebody-can-approve': {
    noncompliance: {
      nobody: { judgedBy: declared('nobody', (d) => Object.assign(d.approvals, { approvers: [] })) },
      'fewer than the quorum': {
        judgedBy: declared('quorum', (d) => Object.assign(d.approvals, { approvers: ['user:a'], quorum: 2 })),
      },
      'only the one who asks': {
        judgedBy: declared('alone', (d) => {
          d.approvals.approvers = ['user:a'];
          d.agents.triage.mayAsk = ['user:a'];
        }),
      },
    },
    compliance: {
      'somebody else': {
        judgedBy: declared('two', (d) => {
          d.approvals.approvers = ['user:a', 'user:b'];
          d.agents.triage.mayAsk = ['user:a'];
        }),
      },
    },
  },
  'bundled-state-only-reads': {
    noncompliance: {
      'writing on a bundled database': {
        of: () => made.get('writes') ?? made.set('writes', desk({ state: State.bundled() })).get('writes'),
      },
    },
    compliance: { 'reading on a bundled database': { of: bundled } },
  },
  'behaviour-is-watched': {
    noncompliance: {
      'no rules': (d) => d.remove('ConfigMap', 'falco-rules-support-desk-test'),
      'a rule less': (d) => {
        const { data } = d.get('ConfigMap', 'falco-rules-support-desk-test');
        for (const f of Object.keys(data)) data[f] = data[f].replace(/- rule: [\s\S]*?\n\n/, '');
      },
      'a lower priority': (d) => {
        const { data } = d.get('ConfigMap', 'falco-rules-support-desk-test');
        for (const f of Object.keys(data)) data[f] = data[f].replace('priority: CRITICAL', 'priority: DEBUG');
      },
      'a file that Falco does not read': (d) => {
        const map = d.get('ConfigMap', 'falco-rules-support-desk-test');
        map.data = { rules: Object.values(map.data)[0] };
      },
      'an override': (d) => {
        const { data } = d.get('ConfigMap', 'falco-rules-support-desk-test');
        for (const f of Object.keys(data)) data[f] += '\n- macro: support_desk_test_POD\n  condition: (never_true)\n';
      },
    },
    compliance: {
      'an annotation': (d) =>
        Object.assign(d.get('ConfigMap', 'falco-rules-support-desk-test').metadata.annotations, { note: 'x' }),
    },
  },
  'alarms-exist': {
    noncompliance: {
      'no alerts': (d) => d.remove('PrometheusRule', 'alerts'),
      'an alert less': (d) => {
        const [group] = d.get('PrometheusRule', 'alerts').spec.groups;
        group.rules = group.rules.filter((r: Any) => r.alert !== 'FirepitDetectorSilent');
      },
      'an alert after a day': (d) => {
        for (const r of d.get('PrometheusRule', 'alerts').spec.groups[0].rules) r.for = '24h';
      },
      'a part nobody scrapes': (d) => {
        d.get('PodMonitor', 'control-plane').spec.selector = { matchLabels: { 'firepit.dev/component': 'gateway' } };
      },
      'no audit policy': (d) => d.remove('ConfigMap', 'audit-policy-fragment'),
    },
    compliance: {
      'an alert more': (d) =>
        d.get('PrometheusRule', 'alerts').spec.groups[0].rules.push({ alert: 'X', expr: 'up == 0' }),
    },
  },
};
