import type { Threat } from './threat';

/** People are not asked, or nobody looks at what is said. */
export const PEOPLE_AND_GUARD_THREATS: readonly Threat[] = [
  {
    id: 'risk-without-a-person',
    title: 'An agent destroys, and nobody was asked',
    attack: 'A destructive operation, or one that writes to the outside, is declared without approval or bound.',
    objects: ['declaration agents.*.needsApproval', 'ConfigMap E-control/governor-* policies.cedar'],
    rules: ['risky-operations-wait', 'policies-permit-the-declared', 'governor-knows-the-declaration'],
    refusal: 'the governor: forbid unless approved',
  },
  {
    id: 'timeout-that-allows',
    title: 'No answer counts as yes',
    attack: 'A timeout approves, a deadline is a month, or an old approval is used again.',
    objects: [
      'ConfigMap E-control/approvals-* approvals.json',
      'ConfigMap E-control/governor-* governor.json approvals',
    ],
    rules: ['silence-means-no', 'governor-knows-the-declaration'],
    refusal: 'the contract: what silence means has no spelling',
  },
  {
    id: 'own-approval',
    title: 'Somebody approves what they asked for',
    attack: 'The requester is an approver, the quorum is none, or the approvers were extended.',
    objects: ['ConfigMap E-control/approvals-* approvals.json selfApproval, quorum, approvers'],
    rules: ['silence-means-no', 'somebody-can-approve'],
    refusal: 'the approvals service',
  },
  {
    id: 'gate-that-never-opens',
    title: 'An approval that nobody can give',
    attack: 'There are no approvers, or only the one who asks: the gate is taken out at the first deadline.',
    objects: ['declaration approvals.approvers'],
    rules: ['somebody-can-approve'],
  },
  {
    id: 'harmless-one-by-one',
    title: 'Each call is harmless, the sequence is not',
    attack: 'An agent reads customer data and then writes to the outside, or replies a thousand times.',
    objects: [
      'ConfigMap E-control/governor-* governor.json agents.*.sequence',
      'ConfigMap E-control/governor-* policies.cedar',
    ],
    rules: ['policies-permit-the-declared', 'governor-knows-the-declaration', 'risky-operations-wait'],
    refusal: 'the governor: sequence rules over the run',
  },
  {
    id: 'fails-open',
    title: 'Without a decision everything passes',
    attack: 'The governor is slow, down or overloaded and the filter lets through; or one route leaves it out.',
    objects: ['ConfigMap E-control/gateway-* envoy.yaml ext_proc', 'ConfigMap E-control/gateway-* envoy.yaml routes'],
    rules: ['data-plane-is-as-declared', 'requests-wait-for-decisions'],
    refusal: 'Envoy: 503 without an answer of the governor',
  },
  {
    id: 'undeclared-upstream',
    title: 'An agent reaches an upstream that nobody declared',
    attack: 'A cluster, a route or a mirror leads somewhere else; a tool server has open egress.',
    objects: [
      'ConfigMap E-control/gateway-* envoy.yaml clusters and routes',
      'NetworkPolicy E-control/gateway spec.egress',
    ],
    rules: ['data-plane-is-as-declared', 'upstreams-are-declared', 'exits-are-declared'],
    refusal: 'Envoy: 404; NetworkPolicy',
  },
  {
    id: 'tunnel-to-anywhere',
    title: 'A tunnel leads where nobody looks',
    attack:
      'An agent sends what it read through a tunnel: to a host that nobody declared, under the name of another one, or without end.',
    objects: [
      'ConfigMap E-control/gateway-* envoy.yaml virtual host tunnels',
      'ConfigMap E-control/governor-* governor.json tools.*.tunnel',
    ],
    rules: [
      'data-plane-is-as-declared',
      'upstreams-are-declared',
      'requests-wait-for-decisions',
      'callers-show-certificates',
      'governor-knows-the-declaration',
      'risky-operations-wait',
    ],
    refusal:
      'the governor: no other host and port, caps, sequence rules, and TLS for that host alone; Envoy: no route elsewhere; NetworkPolicy',
  },
  {
    id: 'rebinding',
    title: 'A declared name leads to another address',
    attack: 'Whoever answers for a name points it at the cluster, a private range or the metadata service.',
    objects: ['ConfigMap E-control/gateway-* envoy.yaml upstream_rbac'],
    rules: ['addresses-are-checked-again', 'exits-are-declared', 'upstreams-are-verified'],
    refusal: 'the address filter in Envoy; NetworkPolicy',
  },
  {
    id: 'prompt-injection',
    title: 'Text of strangers gives orders',
    attack: 'A ticket, a page or a tool result tells the model what to do; the model does it.',
    objects: ['ConfigMap E-control/governor-* governor.json guard'],
    rules: ['guard-enforces', 'requests-wait-for-decisions', 'governor-knows-the-declaration'],
    refusal: 'the governor: guard, taint and sequence rules; what was not declared does not exist',
  },
  {
    id: 'secret-in-a-prompt',
    title: 'A secret or personal data goes to a model',
    attack: 'A user or a tool result carries a key or personal data that is passed on and recorded.',
    objects: ['ConfigMap E-control/governor-* governor.json guard.*.secrets'],
    rules: ['guard-enforces'],
    refusal: 'the governor: blocked or redacted',
  },
  {
    id: 'model-misbehaves-within-its-rights',
    title: 'An agent does harm with what it may do',
    attack: 'Every call is declared, within its bounds and approved, and the outcome is wrong all the same.',
    objects: ['declaration'],
    rules: [],
    outOfScope: 'what was declared and approved is allowed; the record says who, what, where, why and how',
  },
];
