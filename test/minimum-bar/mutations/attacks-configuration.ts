import type { NamedAttack } from './attacks';
import { AGENT, add, CONTROL, DIGEST, edit, editConfig, type Loose, object, remove } from './edit';

const governor = (change: (config: Loose) => void): NamedAttack['attack'] =>
  editConfig('governor-', 'governor.json', change);
const approvals = (change: (config: Loose) => void): NamedAttack['attack'] =>
  editConfig('approvals-', 'approvals.json', change);
const warden = (change: (config: Loose) => void): NamedAttack['attack'] => editConfig('warden-', 'warden.json', change);
const cedar = (change: (text: string) => string): NamedAttack['attack'] =>
  editConfig('governor-', 'policies.cedar', change, false);
const falco = (change: (text: string) => string): NamedAttack['attack'] =>
  editConfig('falco-rules-', 'rules.yaml', change, false);
const copy = (value: Loose): Loose => structuredClone(value);

/** What the governor and the other parts are told. */
export const configurationAttacks: readonly NamedAttack[] = [
  {
    name: 'an operation that was not granted',
    attack: governor((c) => c.agents[AGENT].operations.push('tickets.purge')),
  },
  {
    name: 'an argument that was not declared',
    attack: governor((c) => (c.tools.tickets.operations.purge.arguments = 'any')),
  },
  {
    name: 'a pattern that matches everything',
    attack: governor((c) => (c.tools.tickets.operations.close.arguments.ticket.pattern = '.*')),
  },
  {
    name: 'a destructive operation called a read',
    attack: governor((c) => (c.tools.tickets.operations.purge.effect = 'read')),
  },
  {
    name: 'an external operation called internal',
    attack: governor((c) => (c.tools.tickets.operations.reply.reach = 'internal')),
  },
  { name: 'sensitive data called harmless', attack: governor((c) => (c.tools.crm.operations.customer.returns = [])) },
  { name: 'nobody is asked', attack: governor((c) => (c.agents[AGENT].needsApproval = [])) },
  {
    name: 'a threshold of a thousand',
    attack: governor((c) => (c.agents[AGENT].needsApproval[1].condition.over = 1000)),
  },
  { name: 'no rules of sequence', attack: governor((c) => (c.agents[AGENT].sequence = [])) },
  { name: 'everybody may ask', attack: governor((c) => c.agents[AGENT].mayAsk.push('group:everybody')) },
  {
    name: 'an agent that was not declared',
    attack: governor(
      (c) => (c.agents.other = { ...copy(c.agents[AGENT]), serviceAccount: 'system:serviceaccount:default:default' }),
    ),
  },
  {
    name: 'an agent under another account',
    attack: governor((c) => (c.agents[AGENT].serviceAccount = 'system:serviceaccount:default:default')),
  },
  { name: 'a model that was not declared', attack: governor((c) => c.models.claude.names.push('gpt-5.2')) },
  { name: 'tokens for somebody else', attack: governor((c) => (c.token.audience = 'https://kubernetes.default.svc')) },
  { name: 'users of another issuer', attack: governor((c) => (c.users.issuer = 'https://login.example.net')) },
  { name: 'the guard watches only', attack: governor((c) => (c.guard.user.mode = 'observe')) },
  { name: 'the guard lets secrets through', attack: governor((c) => (c.guard.model.secrets = 'allow')) },
  { name: 'the guard does not decode', attack: governor((c) => (c.guard.toolResult.normalise = false)) },
  { name: 'a longer wait in the governor', attack: governor((c) => (c.approvals.deadlineSeconds = 86400)) },
  { name: 'bodies of any size', attack: governor((c) => (c.limits.bodyBytes = 1e9)) },
  { name: 'a store that forgets', attack: governor((c) => (c.state.require.fsync = false)) },
  { name: 'the store is elsewhere', attack: governor((c) => (c.state.host = 'postgres.example.net')) },
  { name: 'Cedar permits everything', attack: cedar((text) => `${text}\npermit(principal, action, resource);\n`) },
  {
    name: 'Cedar permits one more operation',
    attack: cedar((text) =>
      text.replace(
        'Firepit::Action::"tickets.close"]',
        'Firepit::Action::"tickets.close", Firepit::Action::"tickets.purge"]',
      ),
    ),
  },
  {
    name: 'Cedar forbids nothing',
    attack: cedar((text) => text.replaceAll('unless { context.run.approved }', 'unless { true }')),
  },
  { name: 'Cedar lost a forbid', attack: cedar((text) => text.replace(/@id\("triage\.sequence\.0"\)[\s\S]*?;/, '')) },
  {
    name: 'Cedar lets approvals be skipped',
    attack: cedar((text) => text.replace(/@id\("triage\.approval\.0"\)[\s\S]*?;/, '')),
  },
  { name: 'another approver', attack: approvals((c) => c.approvers.push('user:mallory')) },
  { name: 'people approve their own', attack: approvals((c) => (c.selfApproval = true)) },
  { name: 'a longer deadline', attack: approvals((c) => (c.deadlineSeconds = 1e6)) },
  { name: 'no quorum', attack: approvals((c) => (c.quorum = 0)) },
  {
    name: 'another identity provider for approvers',
    attack: approvals((c) => (c.users.issuer = 'https://login.example.net')),
  },
  { name: 'the warden does not know the agent', attack: warden((c) => (c.agents = {})) },
  { name: 'the warden stops another', attack: warden((c) => (c.agents[AGENT].workload.name = 'other')) },
  { name: 'the warden sets another label', attack: warden((c) => (c.quarantineLabel = 'example.com/quarantine')) },
  { name: 'one person releases', attack: warden((c) => (c.limits.releaseQuorum = 1)) },
  { name: 'the warden keeps another record', attack: warden((c) => (c.record.configMap = 'notes')) },
  { name: 'silence is not noticed', attack: warden((c) => (c.alerts.silenceSeconds = 1e6)) },
  {
    name: 'agents write into the ledger',
    attack: editConfig('ledger-', 'ledger.json', (c) => c.writers.push(`triage.support-desk-test.svc`)),
  },
  {
    name: 'governor configuration is changed in place',
    attack: (objects) =>
      objects.map((o) =>
        o.kind === 'ConfigMap' && /^governor-/.test(o.metadata.name ?? '') ? ({ ...o, immutable: false } as Loose) : o,
      ),
    unseen: 'it reads what is written, not what may change later',
  },
  {
    name: 'a second governor configuration is mounted over the first',
    attack: (objects) => {
      const old = objects.find((o) => o.kind === 'ConfigMap' && /^governor-\w+$/.test(o.metadata.name ?? '')) as Loose;
      const config = JSON.parse(old.data['governor.json']);
      config.agents[AGENT].needsApproval = [];
      const other = {
        ...old,
        metadata: { ...old.metadata, name: 'governor-0123456789' },
        data: { ...old.data, 'governor.json': JSON.stringify(config) },
      };
      return edit(
        'Deployment',
        'governor',
        (o) => (o.spec.template.spec.volumes.find((v: Loose) => v.configMap).configMap.name = 'governor-0123456789'),
      )([...objects, other]);
    },
  },
  { name: 'the Falco rules are gone', attack: remove('ConfigMap', 'falco-rules-support-desk-test') },
  {
    name: 'a Falco rule is off',
    attack: falco((text) => text.replace('priority: CRITICAL', 'enabled: false\n  priority: CRITICAL')),
  },
  {
    name: 'Falco rules of the agent are gone',
    attack: falco((text) =>
      text
        .replaceAll('"support-desk-test/triage:', '"support-desk-test/other:')
        .replaceAll('agent_triage', 'agent_other'),
    ),
  },
  { name: 'a Falco rule is not answered', attack: falco((text) => text.replaceAll('firepit_kill', 'firepit_alert')) },
  {
    name: 'Falco believes another process',
    attack: falco((text) => text.replaceAll('"/usr/bin/python3.12"', '"/usr/bin/python3.12", "/bin/sh"')),
  },
  {
    name: 'Falco watches another namespace',
    attack: falco((text) => text.replaceAll('k8s.ns.name = "support-desk-test"', 'k8s.ns.name = "other"')),
  },
  {
    name: 'the models list allows another model',
    attack: edit('ConfigMap', 'models', (o) => (o.data.artifacts = `registry.example.net/models/x@${DIGEST}`)),
  },
  {
    name: 'the CA bundle is written by hand',
    attack: edit('ConfigMap', 'ca-bundle', (o) => {
      o.data = { 'ca.crt': '-----BEGIN CERTIFICATE-----' };
    }),
  },
  {
    name: 'the audit fragment forgets exec',
    attack: edit(
      'ConfigMap',
      'audit-policy-fragment',
      (o) => (o.data['audit-policy.json'] = o.data['audit-policy.json'].replace('"pods/exec",', '')),
    ),
    unseen: 'who applies it is the administrator',
  },
  {
    name: 'a ConfigMap in another namespace',
    attack: add(
      object('v1', 'ConfigMap', 'coredns', 'kube-system', { data: { Corefile: '.:53 { forward . 203.0.113.7 }' } }),
    ),
    unseen: 'it knows the environment alone',
  },
  {
    name: 'the control plane has no certificate authority of its own',
    attack: edit('Issuer', 'ca', ({ spec }) => (spec.ca.secretName = 'other'), CONTROL),
    unseen: 'it does not follow certificates',
  },
];
