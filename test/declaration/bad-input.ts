import type { DeclarationFinding } from '../../lib/errors';
import { plainBase } from './_data';

/** One declaration that differs from the base in what is set, and all that it is refused with. */
export interface BadInput {
  readonly id: string;
  /** New values by their paths; undefined removes. */
  readonly set: Readonly<Record<string, unknown>>;
  readonly refused: readonly DeclarationFinding[];
}

const copyOf = (path: string): unknown =>
  path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], plainBase());
const manyOperations = {
  ...(copyOf('tools.tickets.operations') as object),
  ...Object.fromEntries(
    Array.from({ length: 9996 }, (_, i) => [`op${i}`, { effect: 'read', reach: 'internal', returns: [] }]),
  ),
};

/** Every way of getting a declaration wrong that we know of, and what it is answered with. */
export const badInputs: readonly BadInput[] = [
  {
    id: 'image by tag',
    set: { 'agents.triage.image': 'registry.example.com/agents/triage:1.4.2' },
    refused: [
      {
        path: 'agents.triage.image',
        found: '"registry.example.com/agents/triage:1.4.2"',
        expected: 'an image by digest with its registry: registry.example.com/team/image@sha256:<64 hex digits>',
        fix: 'resolve the tag once (crane digest registry.example.com/team/image:1.4.2) and pin the digest',
      },
    ],
  },
  {
    id: 'image by tag and digest',
    set: {
      'agents.triage.image': `registry.example.com/agents/triage:1.4.2@sha256:f05e07feae72b721ff56673b08f29f2226921c30bfd76eb89244a5edfe7c8fa2`,
    },
    refused: [
      {
        path: 'agents.triage.image',
        found: '"registry.example.com/agents/triage:1.4.2@sha256:f05e07feae72b721ff56673b08f29f2226921c30bfd76eb89..."',
        expected: 'an image by digest with its registry: registry.example.com/team/image@sha256:<64 hex digits>',
        fix: "leave the tag ':1.4.2' out: the digest alone says which image",
      },
    ],
  },
  {
    id: 'image without registry',
    set: {
      'agents.triage.image': `agents/triage@sha256:f05e07feae72b721ff56673b08f29f2226921c30bfd76eb89244a5edfe7c8fa2`,
    },
    refused: [
      {
        path: 'agents.triage.image',
        found: '"agents/triage@sha256:f05e07feae72b721ff56673b08f29f2226921c30bfd76eb89244a5edfe7c8fa2"',
        expected: 'an image by digest with its registry: registry.example.com/team/image@sha256:<64 hex digits>',
        fix: "name the registry: 'agents' would be looked up at whatever a node defaults to",
      },
    ],
  },
  {
    id: 'image with a short digest',
    set: { 'agents.triage.image': 'registry.example.com/agents/triage@sha256:f05e07' },
    refused: [
      {
        path: 'agents.triage.image',
        found: '"registry.example.com/agents/triage@sha256:f05e07"',
        expected: 'an image by digest with its registry: registry.example.com/team/image@sha256:<64 hex digits>',
        fix: 'resolve the tag once (crane digest registry.example.com/team/image:1.4.2) and pin the digest',
      },
    ],
  },
  {
    id: 'image with a digest of zeros',
    set: { 'agents.triage.image': `registry.example.com/agents/triage@sha256:${'0'.repeat(64)}` },
    refused: [
      {
        path: 'agents.triage.image',
        found: '"registry.example.com/agents/triage@sha256:0000000000000000000000000000000000000000000000000000000..."',
        expected: 'the digest of a real image, not a placeholder pattern',
        fix: 'pin the digest the registry reports',
      },
    ],
  },
  {
    id: 'lock file with a placeholder',
    set: { 'images.images.envoy': `registry.example.com/firepit/envoy@sha256:${'deadbeef'.repeat(8)}` },
    refused: [
      {
        path: 'images.images.envoy',
        found: '"registry.example.com/firepit/envoy@sha256:deadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbee..."',
        expected: 'the digest of a real image, not a placeholder pattern',
        fix: 'pin the digest the registry reports',
      },
    ],
  },
  {
    id: 'two parts of one image',
    set: { 'images.images.governor': copyOf('images.images.envoy') },
    refused: [
      {
        path: 'images.images.governor',
        found: '"registry.example.com/firepit/envoy@sha256:84532b306f259587c364bd7301e0813963d5b84fd27c9338f0862da..."',
        expected: 'an image of its own; images.images.envoy has this digest already',
        fix: 'pin the image that was built for it',
      },
    ],
  },
  {
    id: 'agent of the image of a part',
    set: { 'agents.triage.image': copyOf('images.images.warden') },
    refused: [
      {
        path: 'agents.triage.image',
        found: '"registry.example.com/firepit/warden@sha256:8bdb247a2a76e166450e193f185f0deeceedee6550589de2cd964e..."',
        expected: 'an image of its own; images.images.warden has this digest already',
        fix: 'pin the image that was built for it',
      },
    ],
  },
  {
    id: 'lock file without an image',
    set: { 'images.images.warden': undefined },
    refused: [
      {
        path: 'images.images.warden',
        found: 'nothing',
        expected: 'an image by digest with its registry: registry.example.com/team/image@sha256:<64 hex digits>',
        fix: 'add it: resolve the tag once (crane digest registry.example.com/team/image:1.4.2) and pin the digest',
      },
    ],
  },
  {
    id: 'unknown operation',
    set: { 'agents.triage.tools.0': 'tickets.serach' },
    refused: [
      {
        path: 'agents.triage.tools[0]',
        found: '"tickets.serach"',
        expected: "a declared operation, as '<tool>.<operation>'",
        fix: "did you mean 'tickets.search'?",
      },
    ],
  },
  {
    id: 'unknown tool',
    set: { 'agents.triage.tools.0': 'wiki.search' },
    refused: [
      {
        path: 'agents.triage.tools[0]',
        found: '"wiki.search"',
        expected: "a declared operation, as '<tool>.<operation>'",
        fix: 'declare it under tools',
      },
    ],
  },
  {
    id: 'unknown model',
    set: { 'agents.triage.models.0': 'claud' },
    refused: [
      {
        path: 'agents.triage.models[0]',
        found: '"claud"',
        expected: 'a declared model: claude',
        fix: "did you mean 'claude'?",
      },
    ],
  },
  {
    id: 'the same tool twice',
    set: { 'agents.triage.tools.4': 'tickets.search' },
    refused: [
      {
        path: 'agents.triage.tools[4]',
        found: '"tickets.search"',
        expected: 'each entry once (it stands at [0] already)',
        fix: 'remove the repetition',
      },
    ],
  },
  {
    id: 'the same principal twice',
    set: { 'agents.triage.mayAsk': ['group:support', 'user:ada', 'group:support'] },
    refused: [
      {
        path: 'agents.triage.mayAsk[2]',
        found: '"group:support"',
        expected: 'each entry once (it stands at [0] already)',
        fix: 'remove the repetition',
      },
    ],
  },
  {
    id: 'the same approver twice',
    set: { 'approvals.approvers': ['group:leads', 'group:leads'] },
    refused: [
      {
        path: 'approvals.approvers[1]',
        found: '"group:leads"',
        expected: 'each entry once (it stands at [0] already)',
        fix: 'remove the repetition',
      },
    ],
  },
  {
    id: 'rule about an operation of others',
    set: { 'agents.triage.needsApproval.0.operation': 'tickets.purge' },
    refused: [
      {
        path: 'agents.triage.needsApproval[0].operation',
        found: '"tickets.purge"',
        expected: 'an operation that triage may call',
        fix: "a rule about an operation the agent does not have can never apply: remove it, or add 'tickets.purge' to agents.triage.tools",
      },
    ],
  },
  {
    id: 'sum of an argument that is no number',
    set: {
      'agents.triage.needsApproval.1.condition': {
        kind: 'sumOver',
        operation: 'tickets.reply',
        argument: 'ticket',
        over: 3,
        within: { seconds: 60 },
      },
    },
    refused: [
      {
        path: 'agents.triage.needsApproval[1].condition.argument',
        found: '"ticket"',
        expected: 'a number argument of tickets.reply: minutes',
        fix: 'declare it with Argument.number or Argument.integer, or use Sequence.count',
      },
    ],
  },
  {
    id: 'sum of an argument that is not there',
    set: {
      'agents.triage.needsApproval.1.condition': {
        kind: 'sumOver',
        operation: 'tickets.reply',
        argument: 'minuts',
        over: 3,
        within: { seconds: 60 },
      },
    },
    refused: [
      {
        path: 'agents.triage.needsApproval[1].condition.argument',
        found: '"minuts"',
        expected: 'a number argument of tickets.reply: minutes',
        fix: "did you mean 'minutes'?",
      },
    ],
  },
  {
    id: 'database whose name leaves no room for its roles',
    set: { 'state.database': 'd'.repeat(49) },
    refused: [
      {
        path: 'state.database',
        found: `"${'d'.repeat(49)}"`,
        expected: 'a PostgreSQL identifier of at most 48 characters',
        fix: 'use lower-case letters, digits and _',
      },
    ],
  },
  {
    id: 'different values of an argument that is not there',
    set: {
      'agents.triage.sequence.0': {
        kind: 'deny',
        condition: {
          kind: 'distinctOver',
          operation: 'tickets.reply',
          argument: 'tickt',
          over: 3,
          within: { seconds: 60 },
        },
      },
    },
    refused: [
      {
        path: 'agents.triage.sequence[0].condition.argument',
        found: '"tickt"',
        expected: 'an argument of tickets.reply: ticket, minutes',
        fix: "did you mean 'ticket'?",
      },
    ],
  },
  {
    id: 'operation only right after itself',
    set: {
      'agents.triage.sequence.0': {
        kind: 'onlyWhen',
        condition: {
          kind: 'previous',
          operation: 'tickets.reply',
          other: 'tickets.reply',
          within: { seconds: 60 },
        },
      },
    },
    refused: [
      {
        path: 'agents.triage.sequence[0].condition.other',
        found: '"tickets.reply"',
        expected: 'another operation',
        fix: 'an operation that must come after itself can never be called: name the one that comes first',
      },
    ],
  },
  {
    id: 'order over more than the run',
    set: {
      'agents.triage.sequence.0': {
        kind: 'deny',
        condition: {
          kind: 'formerly',
          operation: 'tickets.reply',
          other: 'tickets.search',
          within: { seconds: 60 },
          scope: 'agent',
        },
      },
    },
    refused: [
      {
        path: 'agents.triage.sequence[0].condition.scope',
        found: '"agent"',
        expected: 'no such key; there are kind, operation, other, within',
        fix: 'remove it: what is not part of the declaration has no effect and may hide a mistake',
      },
    ],
  },
  {
    id: 'order with a window of two days',
    set: {
      'agents.triage.sequence.0': {
        kind: 'onlyWhen',
        condition: {
          kind: 'since',
          operation: 'tickets.reply',
          other: 'tickets.search',
          held: [],
          within: { seconds: 172800 },
        },
      },
    },
    refused: [
      {
        path: 'agents.triage.sequence[0].condition.within.seconds',
        found: '172800',
        expected: 'whole seconds from 1 to 86400 (1 s to 1 d)',
        fix: 'use a Duration in that range, such as Duration.minutes(10)',
      },
    ],
  },
  {
    id: 'operation after itself',
    set: {
      'agents.triage.sequence.0': {
        kind: 'onlyAfter',
        operation: 'tickets.reply',
        after: 'tickets.reply',
        within: { seconds: 60 },
      },
    },
    refused: [
      {
        path: 'agents.triage.sequence[0].after',
        found: '"tickets.reply"',
        expected: 'another operation',
        fix: 'an operation that must come after itself can never be called: name the one that comes first',
      },
    ],
  },
  {
    id: 'isolation the platform lacks',
    set: { 'agents.triage.isolation': { kind: 'gvisor' } },
    refused: [
      {
        path: 'agents.triage.isolation',
        found: '"gvisor"',
        expected: 'an isolation this platform has',
        fix: 'name the RuntimeClass in platform.runtimeClasses.gvisor, or use Isolation.userNamespace()',
      },
    ],
  },
  {
    id: 'no agent',
    set: { agents: {} },
    refused: [
      {
        path: 'agents',
        found: 'no agent',
        expected: 'at least one agent',
        fix: 'declare the agents of the environment',
      },
    ],
  },
  {
    id: 'agents that collide',
    set: { 'agents.Triage': copyOf('agents.triage') },
    refused: [
      {
        path: 'agents.Triage',
        found: '"Triage"',
        expected: "a name that differs from 'triage' in more than case, '_' and '-'",
        fix: "rename one of the two: both become 'triage' in Kubernetes",
      },
    ],
  },
  {
    id: 'tools that collide',
    set: {
      'tools.tickets_': copyOf('tools.crm'),
      'tools.c_rm': copyOf('tools.crm'),
      'tools.c-rm': copyOf('tools.crm'),
    },
    refused: [
      {
        path: 'tools.tickets_',
        found: '"tickets_"',
        expected:
          "a name of ASCII letters, digits, '-' and '_', starting with a letter and ending with a letter or digit, at most 40 characters",
        fix: 'rename it',
      },
      {
        path: 'tools.c-rm',
        found: '"c-rm"',
        expected: "a name that differs from 'c_rm' in more than case, '_' and '-'",
        fix: "rename one of the two: both become 'c-rm' in Kubernetes",
      },
    ],
  },
  {
    id: 'operations that collide',
    set: { 'tools.tickets.operations.Search': { effect: 'read', reach: 'internal', returns: [] } },
    refused: [
      {
        path: 'tools.tickets.operations.Search',
        found: '"Search"',
        expected: "a name that differs from 'search' in more than case, '_' and '-'",
        fix: "rename one of the two: both become 'search' in Kubernetes",
      },
    ],
  },
  {
    id: 'non-ASCII name of the environment',
    set: { name: 'süpport' },
    refused: [
      {
        path: 'name',
        found: '"süpport" (not ASCII: U+00FC)',
        expected:
          "a DNS label: lower-case ASCII letters, digits and '-', starting with a letter, at most 40 characters",
        fix: 'choose a name like support-desk',
      },
    ],
  },
  {
    id: 'look-alike letter in the name of an agent',
    set: { 'agents.trіage': copyOf('agents.triage') },
    refused: [
      {
        path: 'agents.trіage',
        found: '"trіage" (not ASCII: U+0456)',
        expected:
          "a name of ASCII letters, digits, '-' and '_', starting with a letter and ending with a letter or digit, at most 40 characters",
        fix: 'rename it',
      },
    ],
  },
  {
    id: 'non-ASCII name of an operation',
    set: { 'tools.tickets.operations.größe': { effect: 'read', reach: 'internal', returns: [] } },
    refused: [
      {
        path: 'tools.tickets.operations.größe',
        found: '"größe" (not ASCII: U+00F6, U+00DF)',
        expected: "an ASCII identifier of at most 63 characters: letters, digits, '_' and '-'",
        fix: 'use the name the tool uses on the wire',
      },
    ],
  },
  {
    id: 'bidirectional override in a name',
    set: { 'agents.tri\u202eega': copyOf('agents.triage') },
    refused: [
      {
        path: 'agents["tri<U+202E>ega"]',
        found: '"tri<U+202E>ega" (not ASCII: U+202E)',
        expected:
          "a name of ASCII letters, digits, '-' and '_', starting with a letter and ending with a letter or digit, at most 40 characters",
        fix: 'rename it',
      },
    ],
  },
  {
    id: 'name in capitals',
    set: { name: 'Support-Desk' },
    refused: [
      {
        path: 'name',
        found: '"Support-Desk"',
        expected:
          "a DNS label: lower-case ASCII letters, digits and '-', starting with a letter, at most 40 characters",
        fix: 'choose a name like support-desk',
      },
    ],
  },
  {
    id: 'name of a namespace of the cluster',
    set: { name: 'kube-system' },
    refused: [
      {
        path: 'name',
        found: '"kube-system"',
        expected: "a name of the environment's own",
        fix: 'the name becomes a namespace: choose one like support-desk',
      },
    ],
  },
  {
    id: 'name that ends like a control namespace',
    set: { name: 'support-control' },
    refused: [
      {
        path: 'name',
        found: '"support-control"',
        expected: "a name that does not end in '-control'",
        fix: "that is how an environment's second namespace ends",
      },
    ],
  },
  {
    id: 'name of 41 characters',
    set: { name: 'a'.repeat(41) },
    refused: [
      {
        path: 'name',
        found: '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"',
        expected:
          "a DNS label: lower-case ASCII letters, digits and '-', starting with a letter, at most 40 characters",
        fix: 'choose a name like support-desk',
      },
    ],
  },
  {
    id: 'name with a line break',
    set: { name: 'support\n' },
    refused: [
      {
        path: 'name',
        found: '"support<U+000A>"',
        expected:
          "a DNS label: lower-case ASCII letters, digits and '-', starting with a letter, at most 40 characters",
        fix: 'choose a name like support-desk',
      },
    ],
  },
  {
    id: 'deadline of 0',
    set: { 'approvals.deadline.seconds': 0 },
    refused: [
      {
        path: 'approvals.deadline.seconds',
        found: '0',
        expected: 'whole seconds from 30 to 604800 (30 s to 7 d)',
        fix: 'use a Duration in that range, such as Duration.minutes(10)',
      },
    ],
  },
  {
    id: 'deadline of 30 days',
    set: { 'approvals.deadline.seconds': 2592000 },
    refused: [
      {
        path: 'approvals.deadline.seconds',
        found: '2592000',
        expected: 'whole seconds from 30 to 604800 (30 s to 7 d)',
        fix: 'use a Duration in that range, such as Duration.minutes(10)',
      },
    ],
  },
  {
    id: 'deadline of NaN',
    set: { 'approvals.deadline.seconds': Number.NaN },
    refused: [
      {
        path: 'approvals.deadline.seconds',
        found: 'NaN',
        expected: 'whole seconds from 30 to 604800 (30 s to 7 d)',
        fix: 'use a Duration in that range, such as Duration.minutes(10)',
      },
    ],
  },
  {
    id: 'deadline of half a second',
    set: { 'approvals.deadline.seconds': 60.5 },
    refused: [
      {
        path: 'approvals.deadline.seconds',
        found: '60.5',
        expected: 'whole seconds from 30 to 604800 (30 s to 7 d)',
        fix: 'use a Duration in that range, such as Duration.minutes(10)',
      },
    ],
  },
  {
    id: 'window of 2 days',
    set: { 'agents.triage.sequence.0.per.seconds': 172800 },
    refused: [
      {
        path: 'agents.triage.sequence[0].per.seconds',
        found: '172800',
        expected: 'whole seconds from 1 to 86400 (1 s to 1 d)',
        fix: 'use a Duration in that range, such as Duration.minutes(10)',
      },
    ],
  },
  {
    id: 'more approvals than approvers',
    set: { 'approvals.approvers': ['user:ada'], 'approvals.quorum': 2 },
    refused: [
      {
        path: 'approvals.quorum',
        found: '2',
        expected: 'at most 1: there are no more approvers',
        fix: 'name more approvers, or a group',
      },
    ],
  },
  {
    id: 'plain HTTP to an external host',
    set: { 'models.claude.at.host': 'http://api.anthropic.com' },
    refused: [
      {
        path: 'models.claude.at.host',
        found: '"http://api.anthropic.com"',
        expected: 'a DNS name, without scheme, port, path, wildcard or address',
        fix: 'leave the scheme out: TLS is always used, plain HTTP has no spelling',
      },
    ],
  },
  {
    id: 'plain HTTP by port',
    set: { 'models.claude.at.port': 80 },
    refused: [
      {
        path: 'models.claude.at.port',
        found: '80',
        expected: 'a port that speaks TLS; 80 is plain HTTP, which has no spelling',
        fix: 'use the TLS port, such as 443',
      },
    ],
  },
  {
    id: 'wildcard host',
    set: { 'models.claude.at.host': '*.anthropic.com' },
    refused: [
      {
        path: 'models.claude.at.host',
        found: '"*.anthropic.com"',
        expected: 'a DNS name, without scheme, port, path, wildcard or address',
        fix: 'name each host: a wildcard opens more than a reviewer can see',
      },
    ],
  },
  {
    id: 'host with port',
    set: { 'models.claude.at.host': 'api.anthropic.com:8443' },
    refused: [
      {
        path: 'models.claude.at.host',
        found: '"api.anthropic.com:8443"',
        expected: 'a DNS name, without scheme, port, path, wildcard or address',
        fix: 'leave the port out of the name and set it as port',
      },
    ],
  },
  {
    id: 'host with user',
    set: { 'models.claude.at.host': 'bob@api.anthropic.com' },
    refused: [
      {
        path: 'models.claude.at.host',
        found: '"bob@api.anthropic.com"',
        expected: 'a DNS name, without scheme, port, path, wildcard or address',
        fix: 'leave the user out: credentials go through auth',
      },
    ],
  },
  {
    id: 'host with path',
    set: { 'models.claude.at.host': 'api.anthropic.com/v1' },
    refused: [
      {
        path: 'models.claude.at.host',
        found: '"api.anthropic.com/v1"',
        expected: 'a DNS name, without scheme, port, path, wildcard or address',
        fix: 'leave the path out',
      },
    ],
  },
  {
    id: 'host of one word',
    set: { 'models.claude.at.host': 'localhost' },
    refused: [
      {
        path: 'models.claude.at.host',
        found: '"localhost"',
        expected: 'a DNS name, without scheme, port, path, wildcard or address',
        fix: 'a name of the local machine or link is nothing a gateway may reach',
      },
    ],
  },
  {
    id: 'host in capitals',
    set: { 'models.claude.at.host': 'API.Anthropic.com' },
    refused: [
      {
        path: 'models.claude.at.host',
        found: '"API.Anthropic.com"',
        expected: 'a DNS name, without scheme, port, path, wildcard or address',
        fix: "did you mean 'api.anthropic.com'?",
      },
    ],
  },
  {
    id: 'host in another script',
    set: { 'models.claude.at.host': 'bücher.example.com' },
    refused: [
      {
        path: 'models.claude.at.host',
        found: '"bücher.example.com" (not ASCII: U+00FC)',
        expected: 'a DNS name, without scheme, port, path, wildcard or address',
        fix: "did you mean 'xn--bcher-kva.example.com'?",
      },
    ],
  },
  {
    id: 'host of the cluster',
    set: { 'models.claude.at.host': 'vault.secrets.svc' },
    refused: [
      {
        path: 'models.claude.at.host',
        found: '"vault.secrets.svc"',
        expected: 'a DNS name, without scheme, port, path, wildcard or address',
        fix: 'use InCluster.service for a Service of this cluster',
      },
    ],
  },
  {
    id: 'host that is a private address',
    set: { 'models.claude.at.host': '10.1.2.3' },
    refused: [
      {
        path: 'models.claude.at.host',
        found: '"10.1.2.3"',
        expected: 'a DNS name, without scheme, port, path, wildcard or address',
        fix: "certificates are checked by name: Private.host('db.internal.example.com', { cidrs: ['10.1.2.3/32'] })",
      },
    ],
  },
  {
    id: 'host that is a public address',
    set: { 'models.claude.at.host': '203.0.113.7' },
    refused: [
      {
        path: 'models.claude.at.host',
        found: '"203.0.113.7"',
        expected: 'a DNS name, without scheme, port, path, wildcard or address',
        fix: "certificates are checked by name: Private.host('db.internal.example.com', { cidrs: ['203.0.113.7/32'] })",
      },
    ],
  },
  {
    id: 'host that is the metadata address',
    set: { 'models.claude.at.host': '169.254.169.254' },
    refused: [
      {
        path: 'models.claude.at.host',
        found: '"169.254.169.254"',
        expected: "never a loopback or metadata address: it hands out the node's own credentials",
        fix: 'name the upstream itself, and give it a credential of its own through auth',
      },
    ],
  },
  {
    id: 'host that is the metadata address as a number',
    set: { 'models.claude.at.host': '2852039166' },
    refused: [
      {
        path: 'models.claude.at.host',
        found: '"2852039166"',
        expected: 'a DNS name, without scheme, port, path, wildcard or address',
        fix: 'write the DNS name of the upstream',
      },
    ],
  },
  {
    id: 'host that is an IPv6 loopback',
    set: { 'models.claude.at.host': '[::1]' },
    refused: [
      {
        path: 'models.claude.at.host',
        found: '"[::1]"',
        expected: "never a loopback or metadata address: it hands out the node's own credentials",
        fix: 'name the upstream itself, and give it a credential of its own through auth',
      },
    ],
  },
  {
    id: 'host that is a metadata name',
    set: { 'models.claude.at.host': 'metadata.google.internal' },
    refused: [
      {
        path: 'models.claude.at.host',
        found: '"metadata.google.internal"',
        expected: "never a loopback or metadata address: it hands out the node's own credentials",
        fix: 'name the upstream itself, and give it a credential of its own through auth',
      },
    ],
  },
  {
    id: 'issuer on the metadata address',
    set: { 'users.issuer': 'https://169.254.169.254/latest' },
    refused: [
      {
        path: 'users.issuer',
        found: '"https://169.254.169.254/latest"',
        expected: 'an https:// URL with a DNS name, without query',
        fix: 'name the upstream itself, and give it a credential of its own through auth',
      },
    ],
  },
  {
    id: 'issuer at a place of another name',
    set: { 'users.at': { kind: 'private', host: 'sso.corp.example', cidrs: ['10.77.0.0/24'], port: 443 } },
    refused: [
      {
        path: 'users.issuer',
        found: '"https://login.example.com"',
        expected: 'the host that users.at places, sso.corp.example',
        fix: 'tokens name the issuer by its URL: write the same host in both',
      },
    ],
  },
  {
    id: 'issuer at a place with another port',
    set: { 'users.at': { kind: 'private', host: 'login.example.com', cidrs: ['10.77.0.0/24'], port: 8443 } },
    refused: [
      { path: 'users.at.port', found: '8443', expected: 'the port of users.issuer, 443', fix: 'write the same port' },
    ],
  },
  {
    id: "issuer among the cluster's own addresses",
    set: { 'users.at': { kind: 'private', host: 'login.example.com', cidrs: ['10.96.0.0/24'], port: 443 } },
    refused: [
      {
        path: 'users.at.cidrs[0]',
        found: '"10.96.0.0/24"',
        expected: 'a range outside the cluster (it overlaps platform.services[0], 10.96.0.0/16)',
        fix: 'use InCluster.service for a Service of this cluster',
      },
    ],
  },
  {
    id: 'issuer that is a Service, without the pods behind it',
    set: { 'users.issuer': 'https://dex.identity.svc.cluster.local:5556' },
    refused: [
      {
        path: 'users.issuer',
        found: '"https://dex.identity.svc.cluster.local:5556"',
        expected: 'users.at with the pods behind that Service',
        fix: 'write at: InCluster.service(name, { namespace, port, pods, ca })',
      },
    ],
  },
  {
    id: 'issuer that is another Service than its place',
    set: {
      'users.issuer': 'https://dex.identity.svc.cluster.local:5556',
      'users.at': { kind: 'inCluster', service: 'dex', namespace: 'other', port: 5556, pods: { app: 'dex' } },
    },
    refused: [
      {
        path: 'users.issuer',
        found: '"https://dex.identity.svc.cluster.local:5556"',
        expected: 'the host that users.at places, dex.other.svc.cluster.local',
        fix: 'tokens name the issuer by its URL: write the same host in both',
      },
    ],
  },
  {
    id: 'issuer over plain HTTP',
    set: { 'users.issuer': 'http://login.example.com' },
    refused: [
      {
        path: 'users.issuer',
        found: '"http://login.example.com"',
        expected: 'an https:// URL with a DNS name, without query',
        fix: 'write the URL as the issuer publishes it',
      },
    ],
  },
  {
    id: 'range that is the metadata address',
    set: { 'tools.tickets.at.cidrs.0': '169.254.169.254/32' },
    refused: [
      {
        path: 'tools.tickets.at.cidrs[0]',
        found: '"169.254.169.254/32"',
        expected: 'no loopback, link-local, metadata or reserved address (it overlaps 169.254.0.0/16)',
        fix: 'name the range of the upstream itself',
      },
    ],
  },
  {
    id: 'range that holds the metadata address',
    set: { 'tools.tickets.at.cidrs.0': '169.0.0.0/8' },
    refused: [
      {
        path: 'tools.tickets.at.cidrs[0]',
        found: '"169.0.0.0/8"',
        expected: 'no loopback, link-local, metadata or reserved address (it overlaps 169.254.0.0/16)',
        fix: 'name the range of the upstream itself',
      },
    ],
  },
  {
    id: 'range that is loopback',
    set: { 'tools.tickets.at.cidrs.0': '127.0.0.0/8' },
    refused: [
      {
        path: 'tools.tickets.at.cidrs[0]',
        found: '"127.0.0.0/8"',
        expected: 'no loopback, link-local, metadata or reserved address (it overlaps 127.0.0.0/8)',
        fix: 'name the range of the upstream itself',
      },
    ],
  },
  {
    id: 'range that is the metadata address in IPv6',
    set: { 'tools.tickets.at.cidrs.0': 'fd00:ec2::254/128' },
    refused: [
      {
        path: 'tools.tickets.at.cidrs[0]',
        found: '"fd00:ec2::254/128"',
        expected: 'no loopback, link-local, metadata or reserved address (it overlaps fd00:ec2::254/128)',
        fix: 'name the range of the upstream itself',
      },
    ],
  },
  {
    id: 'range that is a mapped IPv4 address',
    set: { 'tools.tickets.at.cidrs.0': '::ffff:169.254.169.254/128' },
    refused: [
      {
        path: 'tools.tickets.at.cidrs[0]',
        found: '"::ffff:169.254.169.254/128"',
        expected: 'no loopback, link-local, metadata or reserved address (it overlaps ::ffff:0:0/96)',
        fix: 'name the range of the upstream itself',
      },
    ],
  },
  {
    id: 'range of everything',
    set: { 'tools.tickets.at.cidrs.0': '0.0.0.0/0' },
    refused: [
      {
        path: 'tools.tickets.at.cidrs[0]',
        found: '"0.0.0.0/0"',
        expected: 'a range no wider than /8 (IPv4) or /16 (IPv6)',
        fix: 'name the range that is really occupied',
      },
    ],
  },
  {
    id: 'range without mask',
    set: { 'tools.tickets.at.cidrs.0': '10.20.0.7' },
    refused: [
      {
        path: 'tools.tickets.at.cidrs[0]',
        found: '"10.20.0.7"',
        expected: 'an address range with its mask',
        fix: 'did you mean 10.20.0.7/32?',
      },
    ],
  },
  {
    id: 'IPv6 range without mask',
    set: { 'tools.tickets.at.cidrs.0': 'fd12::7' },
    refused: [
      {
        path: 'tools.tickets.at.cidrs[0]',
        found: '"fd12::7"',
        expected: 'an address range with its mask',
        fix: 'did you mean fd12::7/128?',
      },
    ],
  },
  {
    id: 'range not written by its first address',
    set: { 'tools.tickets.at.cidrs.0': '10.20.0.7/24' },
    refused: [
      {
        path: 'tools.tickets.at.cidrs[0]',
        found: '"10.20.0.7/24"',
        expected: 'a range written by its first address',
        fix: 'did you mean 10.20.0.0/24?',
      },
    ],
  },
  {
    id: 'ranges that overlap',
    set: { 'tools.tickets.at.cidrs': ['10.20.0.0/16', '10.20.4.0/24'] },
    refused: [
      {
        path: 'tools.tickets.at.cidrs[1]',
        found: '"10.20.4.0/24"',
        expected: 'a range apart from 10.20.0.0/16, which stands at [0]',
        fix: 'remove the narrower of the two',
      },
    ],
  },
  {
    id: 'no range',
    set: { 'tools.tickets.at.cidrs': [] },
    refused: [
      {
        path: 'tools.tickets.at.cidrs',
        found: '[]',
        expected: 'the address ranges of the upstream, at least 1, at most 32',
        fix: 'add what belongs here',
      },
    ],
  },
  {
    id: 'upstream on the pods of the cluster',
    set: { 'tools.tickets.at.cidrs.0': '10.244.3.0/24' },
    refused: [
      {
        path: 'tools.tickets.at.cidrs[0]',
        found: '"10.244.3.0/24"',
        expected: 'a range outside the cluster (it overlaps platform.pods[0], 10.244.0.0/16)',
        fix: 'use InCluster.service for a Service of this cluster',
      },
    ],
  },
  {
    id: 'upstream on the API server',
    set: { 'tools.tickets.at.cidrs.0': '192.168.10.10/32' },
    refused: [
      {
        path: 'tools.tickets.at.cidrs[0]',
        found: '"192.168.10.10/32"',
        expected: 'a range outside the cluster (it overlaps platform.nodes[0], 192.168.10.0/24)',
        fix: 'use InCluster.service for a Service of this cluster',
      },
    ],
  },
  {
    id: 'upstream in the environment itself',
    set: { 'platform.telemetry.namespace': 'support-desk-control' },
    refused: [
      {
        path: 'platform.telemetry.namespace',
        found: '"support-desk-control"',
        expected: 'a namespace outside the environment and the control plane',
        fix: 'run the upstream in a namespace of its own',
      },
    ],
  },
  {
    id: 'upstream in kube-system',
    set: { 'platform.telemetry.namespace': 'kube-system' },
    refused: [
      {
        path: 'platform.telemetry.namespace',
        found: '"kube-system"',
        expected: 'a namespace outside the environment and the control plane',
        fix: 'run the upstream in a namespace of its own',
      },
    ],
  },
  {
    id: 'Services on the range of the pods',
    set: { 'platform.pods.0': '10.96.0.0/16' },
    refused: [
      {
        path: 'platform.pods[0]',
        found: '"10.96.0.0/16"',
        expected: 'a range apart from platform.services[0] (10.96.0.0/16)',
        fix: 'a ClusterIP is never the address of a pod or node: correct one of the two',
      },
    ],
  },
  {
    id: 'API server by its Service',
    set: { 'platform.apiServer.cidrs.0': '10.96.0.1/32' },
    refused: [
      {
        path: 'platform.apiServer.cidrs[0]',
        found: '"10.96.0.1/32"',
        expected: 'a range apart from platform.services[0] (10.96.0.0/16)',
        fix: 'name the endpoints behind the Service kubernetes, not the Service',
      },
    ],
  },
  {
    id: 'API server anywhere',
    set: { 'platform.apiServer.cidrs.0': '0.0.0.0/0' },
    refused: [
      {
        path: 'platform.apiServer.cidrs[0]',
        found: '"0.0.0.0/0"',
        expected: 'a range no wider than /8 (IPv4) or /16 (IPv6)',
        fix: 'name the range that is really occupied',
      },
    ],
  },
  {
    id: 'gateway address outside the Services',
    set: { 'platform.gatewayAddress': '10.20.0.9' },
    refused: [
      {
        path: 'platform.gatewayAddress',
        found: '"10.20.0.9"',
        expected: 'an address of platform.services (10.96.0.0/16)',
        fix: 'reserve a free ClusterIP and write it here',
      },
    ],
  },
  {
    id: 'Kubernetes 1.35 without gateway address',
    set: { 'platform.version': '1.35' },
    refused: [
      {
        path: 'platform.gatewayAddress',
        found: 'nothing',
        expected: "a reserved ClusterIP: Kubernetes 1.35 cannot write the gateway's address into pods",
        fix: 'reserve a free address of the Service range and set gatewayAddress',
      },
    ],
  },
  {
    id: 'rule over what nobody counts',
    set: { 'agents.triage.sequence.0.scope': 'tenant' },
    refused: [
      {
        path: 'agents.triage.sequence[0].scope',
        found: '"tenant"',
        expected: 'one of "agent", "user"',
        fix: 'write Scope.AGENT or Scope.USER, or leave it out',
      },
    ],
  },
  {
    id: 'pinned definition that is no digest',
    set: { 'tools.tickets.operations.search.manifest': 'latest' },
    refused: [
      {
        path: 'tools.tickets.operations.search.manifest',
        found: '"latest"',
        expected: "the digest of the tool's definition: 'sha256:' and 64 hexadecimal digits",
        fix: 'copy the one that `firepit audit tail` shows once the server was asked for tools/list',
      },
    ],
  },
  {
    id: 'pattern with look-ahead',
    set: { 'tools.tickets.operations.reply.arguments.ticket.pattern': '^(?=T)T-[0-9]+$' },
    refused: [
      {
        path: 'tools.tickets.operations.reply.arguments.ticket.pattern',
        found: '"^(?=T)T-[0-9]+$"',
        expected: 'an RE2 pattern: no look-around, no back-reference, no possessive quantifier',
        fix: 'invalid or unsupported Perl syntax: `(?=`; https://github.com/google/re2/wiki/Syntax lists what there is',
      },
    ],
  },
  {
    id: 'pattern with back-reference',
    set: { 'tools.tickets.operations.reply.arguments.ticket.pattern': '^(T)-\\1$' },
    refused: [
      {
        path: 'tools.tickets.operations.reply.arguments.ticket.pattern',
        found: '"^(T)-\\1$"',
        expected: 'an RE2 pattern: no look-around, no back-reference, no possessive quantifier',
        fix: 'invalid escape sequence: `\\1`; https://github.com/google/re2/wiki/Syntax lists what there is',
      },
    ],
  },
  {
    id: 'pattern that is not closed',
    set: { 'tools.tickets.operations.reply.arguments.ticket.pattern': '[0-9' },
    refused: [
      {
        path: 'tools.tickets.operations.reply.arguments.ticket.pattern',
        found: '"[0-9"',
        expected: 'an RE2 pattern: no look-around, no back-reference, no possessive quantifier',
        fix: 'missing closing ]: `[0-9`; https://github.com/google/re2/wiki/Syntax lists what there is',
      },
    ],
  },
  {
    id: 'pattern of 513 characters',
    set: { 'tools.tickets.operations.reply.arguments.ticket.pattern': 'a'.repeat(513) },
    refused: [
      {
        path: 'tools.tickets.operations.reply.arguments.ticket.pattern',
        found: '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa..."',
        expected: 'an RE2 pattern of at most 512 characters',
        fix: 'shorten it',
      },
    ],
  },
  {
    id: 'argument of length 0',
    set: { 'tools.tickets.operations.reply.arguments.ticket.maxLength': 0 },
    refused: [
      {
        path: 'tools.tickets.operations.reply.arguments.ticket.maxLength',
        found: '0',
        expected: 'a whole number from 1 to 65536',
        fix: 'use a number in that range',
      },
    ],
  },
  {
    id: 'argument with bounds swapped',
    set: { 'tools.tickets.operations.reply.arguments.minutes.min': 61 },
    refused: [
      {
        path: 'tools.tickets.operations.reply.arguments.minutes.min',
        found: '61',
        expected: 'at most max, which is 60',
        fix: 'swap the two',
      },
    ],
  },
  {
    id: 'argument with an infinite bound',
    set: { 'tools.tickets.operations.reply.arguments.minutes.max': Number.POSITIVE_INFINITY },
    refused: [
      {
        path: 'tools.tickets.operations.reply.arguments.minutes.max',
        found: 'Infinity',
        expected: 'a whole number from -9007199254740991 to 9007199254740991',
        fix: 'use a number in that range',
      },
    ],
  },
  {
    id: 'argument with a huge bound',
    set: { 'tools.tickets.operations.reply.arguments.minutes.max': 1e300 },
    refused: [
      {
        path: 'tools.tickets.operations.reply.arguments.minutes.max',
        found: '1e+300',
        expected: 'a whole number from -9007199254740991 to 9007199254740991',
        fix: 'use a number in that range',
      },
    ],
  },
  {
    id: 'token as the key of a Secret',
    set: { 'models.claude.auth.secret.key': 'sk-ant-api03-4nTx9Qz81LmWcAAbb' },
    refused: [
      {
        path: 'models.claude.auth.secret.key',
        found: '(hidden: it may be a credential)',
        expected: 'the name of a key in that Secret',
        fix: "name the Secret, never paste its value: SecretKey.of('claude', 'key')",
      },
    ],
  },
  {
    id: "the authority's key as a CA certificate",
    set: { 'platform.telemetry.ca': { secret: 'ca', key: 'ca.crt' } },
    refused: [
      {
        path: 'platform.telemetry.ca.secret',
        found: '(hidden: it may be a credential)',
        expected: "a Secret of the upstream's own; the environment keeps keys of its parts in ca",
        fix: 'create a Secret of another name, such as my-ca',
      },
    ],
  },
  {
    id: 'token as the name of a Secret',
    set: { 'models.claude.auth.secret.secret': 'sk-ant-api03-4ntx9qz81lmwc' },
    refused: [
      {
        path: 'models.claude.auth.secret.secret',
        found: '(hidden: it may be a credential)',
        expected: 'the name of a Secret in the control namespace',
        fix: "name the Secret, never paste its value: SecretKey.of('claude', 'key')",
      },
    ],
  },
  {
    id: 'password as the key of a Secret',
    set: { 'state.password.key': 'hunter2!' },
    refused: [
      {
        path: 'state.password.key',
        found: '(hidden: it may be a credential)',
        expected: 'the name of a key in that Secret',
        fix: "name the Secret, never paste its value: SecretKey.of('claude', 'key')",
      },
    ],
  },
  {
    id: 'token in place of auth',
    set: { 'models.claude.auth': { kind: 'bearer', token: 'hunter2hunter2' } },
    refused: [
      {
        path: 'models.claude.auth.secret',
        found: 'nothing',
        expected: 'the name of a Secret and of its key, made by its factory',
        fix: "add it: write SecretKey.of('claude', 'key')",
      },
      {
        path: 'models.claude.auth.token',
        found: '(hidden: it may be a credential)',
        expected: 'no such key; there are kind, secret',
        fix: 'remove it: what is not part of the declaration has no effect and may hide a mistake',
      },
    ],
  },
  {
    id: 'token in an environment variable',
    set: { 'agents.triage.env': { GREETING: 'ghp_16C7e42F292c6912E7710c838347Ae178B4a' } },
    refused: [
      {
        path: 'agents.triage.env.GREETING',
        found: '(hidden: it may be a credential)',
        expected: 'configuration that is no credential: an agent holds none',
        fix: 'declare the upstream under tools or models with auth: the gateway adds the credential',
      },
    ],
  },
  {
    id: 'password by the name of its variable',
    set: { 'agents.triage.env': { DB_PASSWORD: 'hunter2' } },
    refused: [
      {
        path: 'agents.triage.env.DB_PASSWORD',
        found: '(hidden: it may be a credential)',
        expected: 'configuration that is no credential: an agent holds none',
        fix: 'declare the upstream under tools or models with auth: the gateway adds the credential',
      },
    ],
  },
  {
    id: 'password in a URL',
    set: { 'agents.triage.env': { DATABASE: 'postgres://app:hunter2@db.example.com/x' } },
    refused: [
      {
        path: 'agents.triage.env.DATABASE',
        found: '(hidden: it may be a credential)',
        expected: 'configuration that is no credential: an agent holds none',
        fix: 'declare the upstream under tools or models with auth: the gateway adds the credential',
      },
    ],
  },
  {
    id: 'token in a health check',
    set: {
      'agents.triage.health': {
        kind: 'exec',
        command: ['curl', '-H', 'Authorization: Bearer ghp_16C7e42F292c6912E7710c838347Ae178B4a'],
      },
    },
    refused: [
      {
        path: 'agents.triage.health.command[2]',
        found: '(hidden: it is a credential)',
        expected: 'no credential: a declaration never holds one',
        fix: "keep it in a Secret and name that: SecretKey.of('claude', 'key')",
      },
    ],
  },
  {
    id: 'token as a name',
    set: { 'agents.triage.env': { AKIAIOSFODNN7EXAMPLE: 'x' } },
    refused: [
      {
        path: 'agents.triage.env.(hidden)',
        found: '(hidden: it is a credential)',
        expected: 'no credential: a declaration never holds one',
        fix: "keep it in a Secret and name that: SecretKey.of('claude', 'key')",
      },
    ],
  },
  {
    id: 'private key as public key',
    set: {
      'supplyChain.signer': {
        kind: 'key',
        publicKey: '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----\n',
      },
    },
    refused: [
      {
        path: 'supplyChain.signer.publicKey',
        found: '(hidden: it may be a credential)',
        expected: 'a public key in PEM',
        fix: 'paste the contents of cosign.pub; a private key has no place here',
      },
    ],
  },
  {
    id: 'token as host',
    set: { host: 'sk-ant-api03-4nTx9Qz81LmWcAAbb' },
    refused: [
      {
        path: 'host',
        found: '(hidden: it may be a credential)',
        expected: 'a DNS name, without scheme, port, path, wildcard or address',
        fix: 'write it as api.example.com',
      },
    ],
  },
  {
    id: 'variable that Firepit sets',
    set: { 'agents.triage.env': { OPENAI_BASE_URL: 'https://api.openai.com' } },
    refused: [
      {
        path: 'agents.triage.env.OPENAI_BASE_URL',
        found: '"OPENAI_BASE_URL"',
        expected: 'the name of an environment variable that Firepit does not set itself',
        fix: 'use A-Z, 0-9 and _; upstream addresses (*_BASE_URL, *_PROXY) are set from models and tools',
      },
    ],
  },
  {
    id: '10,000 operations',
    set: { 'tools.tickets.operations': manyOperations },
    refused: [
      {
        path: 'tools.tickets.operations',
        found: '10000 operations',
        expected: 'at most 500 operations',
        fix: 'declare the operations the agents use, or split the tool',
      },
    ],
  },
  {
    id: 'route used twice',
    set: {
      'tools.crm.operations.person': {
        ...{ effect: 'read', reach: 'internal', returns: [] },
        route: { method: 'GET', path: '/v1/customers/{number}' },
        arguments: { number: { kind: 'boolean' } },
      },
    },
    refused: [
      {
        path: 'tools.crm.operations.person.route',
        found: 'GET /v1/customers/{number}',
        expected: "a route of its own; 'customer' has it already",
        fix: 'one route, one operation',
      },
    ],
  },
  {
    id: 'argument of the path not declared',
    set: { 'tools.crm.operations.customer.arguments': undefined },
    refused: [
      {
        path: 'tools.crm.operations.customer.arguments.id',
        found: 'nothing',
        expected: 'the argument that stands in the path as {id}',
        fix: "add id: Argument.matches('^[0-9]+$')",
      },
    ],
  },
  {
    id: 'argument of the path optional',
    set: { 'tools.crm.operations.customer.arguments.id.optional': true },
    refused: [
      {
        path: 'tools.crm.operations.customer.arguments.id',
        found: '{kind: "matches", pattern: "^C-[0-9]{1,12}$", maxLength: 256, optional: true}',
        expected: 'an argument that is always there: it is part of the path',
        fix: 'leave Argument.optional out',
      },
    ],
  },
  {
    id: 'route with a dot segment',
    set: { 'tools.crm.operations.customer.route.path': '/v1/../{id}' },
    refused: [
      {
        path: 'tools.crm.operations.customer.route.path',
        found: '"/v1/../{id}"',
        expected: 'an absolute path whose variable segments are {argument}s',
        fix: 'write it as /v1/customers/{id}, without query string, wildcard, dot segments or encoded characters',
      },
    ],
  },
  {
    id: 'DELETE that only reads',
    set: { 'tools.crm.operations.customer.route.method': 'DELETE' },
    refused: [
      {
        path: 'tools.crm.operations.customer.effect',
        found: '"read"',
        expected: "'write' or 'destructive' for DELETE",
        fix: 'declare what the operation does to the world',
      },
    ],
  },
  {
    id: 'directory of the system',
    set: { 'agents.triage.behaviour.writes.0': '/proc/self' },
    refused: [
      {
        path: 'agents.triage.behaviour.writes[0]',
        found: '"/proc/self"',
        expected: "a directory of the agent's own, such as /tmp or /work",
        fix: 'system directories stay read-only; write below /tmp or /work',
      },
    ],
  },
  {
    id: 'directory of the system, hidden by dots',
    set: { 'agents.triage.behaviour.writes.0': '/../etc' },
    refused: [
      {
        path: 'agents.triage.behaviour.writes[0]',
        found: '"/../etc"',
        expected: 'an absolute path, without wildcard, dot segments, doubled or last slash',
        fix: 'write the path as the container sees it',
      },
    ],
  },
  {
    id: 'directory of the system, hidden by slashes',
    set: { 'agents.triage.behaviour.writes.0': '//proc' },
    refused: [
      {
        path: 'agents.triage.behaviour.writes[0]',
        found: '"//proc"',
        expected: 'an absolute path, without wildcard, dot segments, doubled or last slash',
        fix: 'write the path as the container sees it',
      },
    ],
  },
  {
    id: 'process by pattern',
    set: { 'agents.triage.behaviour.processes.0': '/usr/bin/*' },
    refused: [
      {
        path: 'agents.triage.behaviour.processes[0]',
        found: '"/usr/bin/*"',
        expected: 'an absolute path, without wildcard, dot segments, doubled or last slash',
        fix: 'write the path as the container sees it',
      },
    ],
  },
  {
    id: 'replicas below 0',
    set: { 'agents.triage.workload.replicas': -1 },
    refused: [
      {
        path: 'agents.triage.workload.replicas',
        found: '-1',
        expected: 'a whole number from 0 to 100',
        fix: 'use a number in that range',
      },
    ],
  },
  {
    id: 'half a replica',
    set: { 'agents.triage.workload.replicas': 1.5 },
    refused: [
      {
        path: 'agents.triage.workload.replicas',
        found: '1.5',
        expected: 'a whole number from 0 to 100',
        fix: 'use a number in that range',
      },
    ],
  },
  {
    id: 'port of the sidecar',
    set: { 'agents.triage.port': 8443 },
    refused: [
      {
        path: 'agents.triage.port',
        found: '8443',
        expected: "a port other than the sidecar's (8443, 15001, 8081, 9090, 9901)",
        fix: 'let the agent listen on 8080',
      },
    ],
  },
  {
    id: 'header that routes',
    set: { 'models.claude.auth.header': 'host' },
    refused: [
      {
        path: 'models.claude.auth.header',
        found: '"host"',
        expected: 'the lower-case name of a header that carries a key',
        fix: "write it as 'x-api-key'",
      },
    ],
  },
  {
    id: 'moving model name',
    set: { 'models.claude.names.0': 'claude-sonnet-latest' },
    refused: [
      {
        path: 'models.claude.names[0]',
        found: '"claude-sonnet-latest"',
        expected: 'the exact name of one model, no wildcard and no moving alias such as -latest',
        fix: 'write the name as the provider documents it, such as claude-sonnet-4-5',
      },
    ],
  },
  {
    id: 'everyone as deployer',
    set: { 'owner.deployers.0': 'group:system:authenticated' },
    refused: [
      {
        path: 'owner.deployers[0]',
        found: '"group:system:authenticated"',
        expected: 'identities of people or tools, not of everyone',
        fix: 'name the group or service account that deploys',
      },
    ],
  },
  {
    id: 'agent as deployer',
    set: { 'owner.deployers.0': 'serviceaccount:support-desk/triage' },
    refused: [
      {
        path: 'owner.deployers[0]',
        found: '"serviceaccount:support-desk/triage"',
        expected: 'an identity outside the environment',
        fix: 'what is governed may not change what governs it: deploy from another namespace',
      },
    ],
  },
  {
    id: 'one host for people and agents',
    set: { 'approvals.host': 'support-desk.example.com' },
    refused: [
      {
        path: 'approvals.host',
        found: '"support-desk.example.com"',
        expected: "a host other than the agents' (host)",
        fix: 'people who decide and people who ask come through different doors',
      },
    ],
  },
  {
    id: 'label that is none',
    set: { 'platform.monitoring.pods': { 'not a label!': 'x' } },
    refused: [
      {
        path: 'platform.monitoring.pods["not a label!"]',
        found: '"not a label!"',
        expected: 'the key of a Kubernetes label',
        fix: "write it as 'app.kubernetes.io/name'",
      },
    ],
  },
  {
    id: 'lock on a mistyped path',
    set: { locked: ['agents.*.needsAproval'] },
    refused: [
      {
        path: 'locked[0]',
        found: '"agents.*.needsAproval"',
        expected:
          "a path of the declaration: 'needsAproval' is none of image, workload, isolation, models, tools, mayAsk, needsApproval, sequence, behaviour, health, port, env, resources",
        fix: "did you mean 'agents.*.needsApproval'?",
      },
    ],
  },
  {
    id: 'lock on an agent that is not there',
    set: { locked: ['agents.triag.image'] },
    refused: [
      {
        path: 'locked[0]',
        found: '"agents.triag.image"',
        expected: "a path of the declaration: 'triag' is none of triage",
        fix: "did you mean 'agents.triage.image'?",
      },
    ],
  },
  {
    id: 'lock into a list',
    set: { locked: ['agents.*.sequence.0'] },
    refused: [
      {
        path: 'locked[0]',
        found: '"agents.*.sequence.0"',
        expected: "a path that ends at 'agents.*.sequence': lists and single values are locked whole",
        fix: "lock 'agents.*.sequence'",
      },
    ],
  },
  {
    id: 'lock that is no path',
    set: { locked: ['agents/triage'] },
    refused: [
      {
        path: 'locked[0]',
        found: '"agents/triage"',
        expected: 'a path of the declaration, such as agents.*.needsApproval',
        fix: "write names separated by '.', '*' for any name",
      },
    ],
  },
  {
    id: 'suppression that ends on no day',
    set: {
      suppressions: [
        {
          rule: 'some-rule',
          object: 'Pod x/y',
          reason: 'accepted for now, see OPS-12',
          owner: 'ops@example.com',
          expires: '2026-02-30',
        },
      ],
    },
    refused: [
      {
        path: 'suppressions[0].expires',
        found: '"2026-02-30"',
        expected: 'a day as YYYY-MM-DD',
        fix: 'choose the last day it holds',
      },
    ],
  },
  {
    id: 'suppression without a reason',
    set: {
      suppressions: [
        { rule: 'some-rule', object: 'Pod x/y', reason: 'because', owner: 'ops@example.com', expires: '2026-03-01' },
      ],
    },
    refused: [
      {
        path: 'suppressions[0].reason',
        found: '"because"',
        expected: 'a reason that a reviewer can judge, one line of 20 to 500 characters',
        fix: "write something like 'accepted until the collector moves to TLS, ticket OPS-12'",
      },
    ],
  },
];
