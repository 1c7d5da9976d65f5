import type { DeclarationFinding } from '../../lib/errors';
import type { promises } from '../types/promises';

/** What each promise is refused with at run time; the keys are those of test/types/promises.ts, or it does not compile. */
export const refusals: Readonly<Record<keyof typeof promises, readonly DeclarationFinding[]>> = {
  'front open to a whole namespace': [
    {
      path: 'host.from[0].pods',
      found: 'nothing',
      expected: 'labels of pods',
      fix: "add it: write it as { 'app.kubernetes.io/name': 'postgres' }",
    },
  ],
  'front open to anybody': [
    {
      path: 'host.from',
      found: 'nothing',
      expected: 'pods that may ask agents, at least 1, at most 16',
      fix: 'add it: write it as a list: […]',
    },
  ],
  'tool reference mistyped': [
    {
      path: 'agents.triage.tools[0]',
      found: '"tickets.serach"',
      expected: "a declared operation, as '<tool>.<operation>'",
      fix: "did you mean 'tickets.search'?",
    },
    {
      path: 'agents.triage.needsApproval[0].operation',
      found: '"tickets.close"',
      expected: 'an operation that triage may call',
      fix: "a rule about an operation the agent does not have can never apply: remove it, or add 'tickets.close' to agents.triage.tools",
    },
    {
      path: 'agents.triage.needsApproval[1].condition.operation',
      found: '"tickets.reply"',
      expected: 'an operation that triage may call',
      fix: "a rule about an operation the agent does not have can never apply: remove it, or add 'tickets.reply' to agents.triage.tools",
    },
    {
      path: 'agents.triage.sequence[0].operation',
      found: '"tickets.reply"',
      expected: 'an operation that triage may call',
      fix: "a rule about an operation the agent does not have can never apply: remove it, or add 'tickets.reply' to agents.triage.tools",
    },
  ],
  'tool reference without its tool': [
    {
      path: 'agents.triage.tools[0]',
      found: '"search"',
      expected: "a declared operation, as '<tool>.<operation>'",
      fix: 'declare it under tools',
    },
    {
      path: 'agents.triage.needsApproval[0].operation',
      found: '"tickets.close"',
      expected: 'an operation that triage may call',
      fix: "a rule about an operation the agent does not have can never apply: remove it, or add 'tickets.close' to agents.triage.tools",
    },
    {
      path: 'agents.triage.needsApproval[1].condition.operation',
      found: '"tickets.reply"',
      expected: 'an operation that triage may call',
      fix: "a rule about an operation the agent does not have can never apply: remove it, or add 'tickets.reply' to agents.triage.tools",
    },
    {
      path: 'agents.triage.sequence[0].operation',
      found: '"tickets.reply"',
      expected: 'an operation that triage may call',
      fix: "a rule about an operation the agent does not have can never apply: remove it, or add 'tickets.reply' to agents.triage.tools",
    },
  ],
  'model reference mistyped': [
    {
      path: 'agents.triage.models[0]',
      found: '"cluade"',
      expected: 'a declared model: claude',
      fix: "did you mean 'claude'?",
    },
  ],
  'approval of a mistyped operation': [
    {
      path: 'agents.triage.needsApproval[0].operation',
      found: '"tickets.clsoe"',
      expected: 'an operation that triage may call',
      fix: "did you mean 'tickets.close'?",
    },
  ],
  'approval condition on a mistyped operation': [
    {
      path: 'agents.triage.needsApproval[0].condition.operation',
      found: '"tickets.rely"',
      expected: 'an operation that triage may call',
      fix: "did you mean 'tickets.reply'?",
    },
  ],
  'sequence rule on a mistyped operation': [
    {
      path: 'agents.triage.sequence[0].operation',
      found: '"tickets.replay"',
      expected: 'an operation that triage may call',
      fix: "did you mean 'tickets.reply'?",
    },
  ],
  'sequence rule after a mistyped operation': [
    {
      path: 'agents.triage.sequence[0].after',
      found: '"tickets.seach"',
      expected: 'an operation that triage may call',
      fix: "did you mean 'tickets.search'?",
    },
  ],
  'order after a mistyped operation': [
    {
      path: 'agents.triage.sequence[0].condition.other',
      found: '"tickets.seach"',
      expected: 'an operation that triage may call',
      fix: "did you mean 'tickets.search'?",
    },
  ],
  'order that holds a mistyped operation': [
    {
      path: 'agents.triage.sequence[0].condition.held[0]',
      found: '"crm.custmer"',
      expected: 'an operation that triage may call',
      fix: "did you mean 'crm.customer'?",
    },
  ],
  'denied condition on a mistyped operation': [
    {
      path: 'agents.triage.sequence[0].condition.operation',
      found: '"tickets.rely"',
      expected: 'an operation that triage may call',
      fix: "did you mean 'tickets.reply'?",
    },
  ],
  'environment without name': [
    {
      path: 'name',
      found: 'nothing',
      expected: "a DNS label: lower-case ASCII letters, digits and '-', starting with a letter, at most 40 characters",
      fix: 'add it: choose a name like support-desk',
    },
  ],
  'environment without owner': [
    {
      path: 'owner',
      found: 'nothing',
      expected: 'an owner, made by its factory',
      fix: "add it: write Owner.team('support-platform', { contact, deployers })",
    },
  ],
  'environment without platform': [
    {
      path: 'platform',
      found: 'nothing',
      expected: 'a platform, made by its factory',
      fix: 'add it: write Platform.kubernetes({ version, … }) or Platform.openshift({ version, … })',
    },
  ],
  'environment without images': [
    {
      path: 'images',
      found: 'nothing',
      expected: "the lock file of the product's own images, made by its factory",
      fix: 'add it: write ImageLock.from(lock)',
    },
  ],
  'environment without state': [
    {
      path: 'state',
      found: 'nothing',
      expected: 'where state is kept, made by its factory',
      fix: 'add it: write State.postgres(at, { database, password }) or State.bundled()',
    },
  ],
  'environment without supplyChain': [
    {
      path: 'supplyChain',
      found: 'nothing',
      expected: 'what is true of the images of agents, made by its factory',
      fix: 'add it: write SupplyChain.signedBy(Signer.keyless({ issuer, subject }))',
    },
  ],
  'environment without users': [
    {
      path: 'users',
      found: 'nothing',
      expected: 'the identity provider of users, made by its factory',
      fix: 'add it: write Users.oidc({ issuer, audience })',
    },
  ],
  'environment without host': [
    {
      path: 'host',
      found: 'nothing',
      expected: 'a DNS name to which the platform brings people, or an exposure in the cluster alone',
      fix: "add it: write 'agents.example.com', or Exposure.inCluster({ from: [{ namespace, pods }] })",
    },
  ],
  'environment without approvals': [
    {
      path: 'approvals',
      found: 'nothing',
      expected: 'who decides, until when, and where',
      fix: 'add it: write { approvers, deadline, host }',
    },
  ],
  'environment without models': [
    {
      path: 'models',
      found: 'nothing',
      expected: 'models by name, {} for none',
      fix: 'add it: write { claude: HostedModel.anthropic({ … }) }',
    },
  ],
  'environment without tools': [
    {
      path: 'tools',
      found: 'nothing',
      expected: 'tools by name, {} for none',
      fix: 'add it: write { tickets: McpServer.at(…) }',
    },
  ],
  'environment without agents': [
    {
      path: 'agents',
      found: 'nothing',
      expected: 'agents by name, at least one',
      fix: 'add it: write { triage: { image, workload, … } }',
    },
  ],
  'agent without image': [
    {
      path: 'agents.triage.image',
      found: 'nothing',
      expected: 'an image by digest with its registry: registry.example.com/team/image@sha256:<64 hex digits>',
      fix: 'add it: resolve the tag once (crane digest registry.example.com/team/image:1.4.2) and pin the digest',
    },
  ],
  'agent without workload': [
    {
      path: 'agents.triage.workload',
      found: 'nothing',
      expected: 'a workload, made by its factory',
      fix: 'add it: write Workload.deployment({ replicas: 2 }), Workload.cronJob({ schedule, deadline }), Workload.job({ deadline, generation }) or Workload.sandbox()',
    },
  ],
  'agent without isolation': [
    {
      path: 'agents.triage.isolation',
      found: 'nothing',
      expected: 'an isolation, made by its factory',
      fix: 'add it: write Isolation.userNamespace(), Isolation.gvisor() or Isolation.kata()',
    },
  ],
  'agent without models': [
    {
      path: 'agents.triage.models',
      found: 'nothing',
      expected: 'names of declared models',
      fix: 'add it: write it as a list; [] says that there is none',
    },
  ],
  'agent without tools': [
    {
      path: 'agents.triage.tools',
      found: 'nothing',
      expected: "declared operations, as '<tool>.<operation>'",
      fix: 'add it: write it as a list; [] says that there is none',
    },
  ],
  'agent without mayAsk': [
    {
      path: 'agents.triage.mayAsk',
      found: 'nothing',
      expected: 'the people or groups who may ask the agent, at most 256',
      fix: 'add it: write it as a list; [] says that there is none',
    },
  ],
  'agent without needsApproval': [
    {
      path: 'agents.triage.needsApproval',
      found: 'nothing',
      expected: 'rules made by Approval.of or Approval.when, at most 100',
      fix: 'add it: write it as a list; [] says that there is none',
    },
  ],
  'agent without sequence': [
    {
      path: 'agents.triage.sequence',
      found: 'nothing',
      expected: 'rules made by Sequence.atMost, Sequence.never or Sequence.only, at most 100',
      fix: 'add it: write it as a list; [] says that there is none',
    },
  ],
  'agent without behaviour': [
    {
      path: 'agents.triage.behaviour',
      found: 'nothing',
      expected: 'the behaviour of the agent, made by its factory',
      fix: "add it: write Behaviour.declared({ processes: ['/usr/bin/python3.12'], writes: ['/tmp'] })",
    },
  ],
  'agent without health': [
    {
      path: 'agents.triage.health',
      found: 'nothing',
      expected: 'a health check, made by its factory',
      fix: "add it: write Health.http('/healthz'), Health.exec('/app/agent', '--check') or, for what ends by itself, Health.exits()",
    },
  ],
  'deployment without replicas': [
    {
      path: 'agents.triage.workload.replicas',
      found: 'nothing',
      expected: 'a whole number from 0 to 100',
      fix: 'add it: use a number in that range',
    },
  ],
  'cronJob without deadline': [
    {
      path: 'agents.triage.workload.deadline',
      found: 'nothing',
      expected: 'a duration, made by its factory',
      fix: 'add it: write Duration.minutes(10)',
    },
  ],
  'job without generation': [
    {
      path: 'agents.triage.workload.generation',
      found: 'nothing',
      expected: 'a whole number from 1 to 9999',
      fix: 'add it: use a number in that range',
    },
  ],
  'sandbox with replicas': [
    {
      path: 'agents.triage.workload.replicas',
      found: '2',
      expected: 'no such key; there are kind',
      fix: 'remove it: what is not part of the declaration has no effect and may hide a mistake',
    },
  ],
  'behaviour without processes': [
    {
      path: 'agents.triage.behaviour.processes',
      found: 'nothing',
      expected: 'paths of the executables the agent runs, at least 1, at most 100',
      fix: 'add it: write it as a list: […]',
    },
  ],
  'approvals without deadline': [
    {
      path: 'approvals.deadline',
      found: 'nothing',
      expected: 'a duration, made by its factory',
      fix: 'add it: write Duration.minutes(10)',
    },
  ],
  'owner without deployers': [
    {
      path: 'owner.deployers',
      found: 'nothing',
      expected: 'Kubernetes identities that may change the environment, at least 1, at most 16',
      fix: 'add it: write it as a list: […]',
    },
  ],
  'tool without auth': [
    {
      path: 'tools.tickets.auth',
      found: 'nothing',
      expected: 'how the gateway authenticates, made by its factory',
      fix: "add it: write Bearer.from(SecretKey.of('name', 'key')), ApiKey.from(…) or NoAuth.because('…')",
    },
  ],
  'private host without ranges': [
    {
      path: 'tools.tickets.at.cidrs',
      found: 'nothing',
      expected: 'the address ranges of the upstream, at least 1, at most 32',
      fix: 'add it: write it as a list: […]',
    },
  ],
  'in-cluster service without pod labels': [
    {
      path: 'tools.tickets.at.pods',
      found: 'nothing',
      expected: 'labels of pods',
      fix: "add it: write it as { 'app.kubernetes.io/name': 'postgres' }",
    },
  ],
  'secret without key': [
    {
      path: 'state.password.key',
      found: 'nothing',
      expected: 'the name of a key in that Secret',
      fix: "add it: name the Secret, never paste its value: SecretKey.of('claude', 'key')",
    },
  ],
  'model without names': [
    {
      path: 'models.claude.names',
      found: 'nothing',
      expected: 'the exact names of models, at least 1, at most 32',
      fix: 'add it: write it as a list: […]',
    },
  ],
  'text argument without length': [
    {
      path: 'tools.tickets.operations.search.arguments.query.maxLength',
      found: 'nothing',
      expected: 'a whole number from 1 to 65536',
      fix: 'add it: use a number in that range',
    },
  ],
  'number argument without bounds': [
    {
      path: 'tools.tickets.operations.search.arguments.limit.max',
      found: 'nothing',
      expected: 'a finite number',
      fix: 'add it: write a finite number',
    },
  ],
  'condition without window': [
    {
      path: 'agents.triage.needsApproval[0].condition.within',
      found: 'a function',
      expected: 'plain data: text, numbers, true or false, lists and objects',
      fix: 'finish the call that makes the value, such as .over(5).within(Duration.minutes(10))',
    },
  ],
  'order without window': [
    {
      path: 'agents.triage.sequence[0].condition.within',
      found: 'nothing',
      expected: 'a duration, made by its factory',
      fix: 'add it: write Duration.minutes(10)',
    },
  ],
  'limit without window': [
    {
      path: 'agents.triage.sequence[0].per',
      found: 'nothing',
      expected: 'a duration, made by its factory',
      fix: 'add it: write Duration.minutes(10)',
    },
  ],
  'OpenShift without gateway address': [
    {
      path: 'platform.gatewayAddress',
      found: 'nothing',
      expected: 'an IP address of the Service range',
      fix: 'add it: reserve a ClusterIP for the gateway and write it here',
    },
  ],
  'HTTP operation without route': [
    {
      path: 'tools.crm.operations.customer.route',
      found: 'nothing',
      expected: 'a route, made by its factory',
      fix: "add it: write Route.get('/v1/customers/{id}'), Route.post(…), Route.put(…), Route.patch(…) or Route.delete(…)",
    },
  ],
  'image by tag': [
    {
      path: 'agents.triage.image',
      found: '"registry.example.com/agents/triage:1.4.2"',
      expected: 'an image by digest with its registry: registry.example.com/team/image@sha256:<64 hex digits>',
      fix: 'resolve the tag once (crane digest registry.example.com/team/image:1.4.2) and pin the digest',
    },
  ],
  'image by tag, through the factory': [
    {
      path: 'agents.triage.image',
      found: '"registry.example.com/agents/triage:latest"',
      expected: 'an image by digest with its registry: registry.example.com/team/image@sha256:<64 hex digits>',
      fix: 'resolve the tag once (crane digest registry.example.com/team/image:1.4.2) and pin the digest',
    },
  ],
  'route on an MCP operation': [
    {
      path: 'tools.tickets.operations.search.route',
      found: '{method: "GET", path: "/search"}',
      expected: 'no such key; there are effect, reach, returns, arguments, manifest',
      fix: 'remove it: what is not part of the declaration has no effect and may hide a mistake',
    },
  ],
  'egress of an agent': [
    {
      path: 'agents.triage.egress',
      found: '["0.0.0.0/0"]',
      expected:
        'no such key; there are image, workload, isolation, models, tools, mayAsk, needsApproval, sequence, behaviour, health, port, env, resources',
      fix: 'remove it: what is not part of the declaration has no effect and may hide a mistake',
    },
  ],
  'answer on timeout': [
    {
      path: 'approvals.onTimeout',
      found: '"approve"',
      expected: 'no such key; there are approvers, deadline, host, quorum',
      fix: 'remove it: what is not part of the declaration has no effect and may hide a mistake',
    },
  ],
  'token in place of a secret': [
    {
      path: 'models.claude.auth',
      found: '(hidden: it may be a credential)',
      expected: 'how the gateway authenticates, made by its factory',
      fix: "write Bearer.from(SecretKey.of('name', 'key')), ApiKey.from(…) or NoAuth.because('…')",
    },
  ],
  'state on the internet': [
    {
      path: 'state.at.kind',
      found: '"external"',
      expected: 'one of "private", "inCluster"',
      fix: 'write Private.host(name, { cidrs }) or InCluster.service(name, { namespace, port, pods })',
    },
  ],
  'spool of a size': [
    {
      path: 'state.spool',
      found: '"64Mi"',
      expected: 'true',
      fix: 'write spool: true, or leave it out',
    },
  ],
  'telemetry on the internet': [
    {
      path: 'platform.telemetry.kind',
      found: '"external"',
      expected: 'one of "private", "inCluster"',
      fix: 'write Private.host(name, { cidrs }) or InCluster.service(name, { namespace, port, pods })',
    },
  ],
  'URL in place of an endpoint': [
    {
      path: 'tools.tickets.at',
      found: '"https://tickets.internal.example.com/mcp"',
      expected: 'an endpoint, made by its factory',
      fix: "write External.host('api.example.com'), Private.host(name, { cidrs }) or InCluster.service(name, { namespace, port, pods })",
    },
  ],
  'unknown key of the environment': [
    {
      path: 'suppresions',
      found: '[]',
      expected:
        'no such key; there are name, owner, platform, images, state, supplyChain, users, host, approvals, runs, telemetry, models, tools, agents, locked, suppressions',
      fix: "did you mean 'suppressions'?",
    },
  ],
  'unknown key of an agent': [
    {
      path: 'agents.triage.needApproval',
      found: '[]',
      expected:
        'no such key; there are image, workload, isolation, models, tools, mayAsk, needsApproval, sequence, behaviour, health, port, env, resources',
      fix: "did you mean 'needsApproval'?",
    },
  ],
  'unknown key of a factory': [
    {
      path: 'agents.triage.workload.minReadySeconds',
      found: '5',
      expected: 'no such key; there are kind, replicas',
      fix: 'remove it: what is not part of the declaration has no effect and may hide a mistake',
    },
  ],
  'unknown key of an argument': [
    {
      path: 'tools.tickets.operations.search.arguments.query.minLength',
      found: '1',
      expected: 'no such key; there are kind, maxLength, optional',
      fix: 'remove it: what is not part of the declaration has no effect and may hide a mistake',
    },
  ],
  'string as isolation': [
    {
      path: 'agents.triage.isolation',
      found: '"gvisor"',
      expected: 'an isolation, made by its factory',
      fix: 'write Isolation.userNamespace(), Isolation.gvisor() or Isolation.kata()',
    },
  ],
  'string as workload': [
    {
      path: 'agents.triage.workload',
      found: '"deployment"',
      expected: 'a workload, made by its factory',
      fix: 'write Workload.deployment({ replicas: 2 }), Workload.cronJob({ schedule, deadline }), Workload.job({ deadline, generation }) or Workload.sandbox()',
    },
  ],
  'string as health': [
    {
      path: 'agents.triage.health',
      found: '"/healthz"',
      expected: 'a health check, made by its factory',
      fix: "write Health.http('/healthz'), Health.exec('/app/agent', '--check') or, for what ends by itself, Health.exits()",
    },
  ],
  'string as behaviour': [
    {
      path: 'agents.triage.behaviour',
      found: '"any"',
      expected: 'the behaviour of the agent, made by its factory',
      fix: "write Behaviour.declared({ processes: ['/usr/bin/python3.12'], writes: ['/tmp'] })",
    },
  ],
  'string as approval rule': [
    {
      path: 'agents.triage.needsApproval[0]',
      found: '"tickets.close"',
      expected: 'a rule when a person is asked, made by its factory',
      fix: 'write Approval.of(operation) or Approval.when(condition)',
    },
  ],
  'string as sequence rule': [
    {
      path: 'agents.triage.sequence[0]',
      found: '"never sensitive before external"',
      expected: 'a rule over the order of calls, made by its factory',
      fix: 'write Sequence.atMost(times, operation, per), Sequence.never(taint).before(reach), Sequence.only(operation).after(other, within) or Sequence.deny(condition)',
    },
  ],
  'string as list of tools': [
    {
      path: 'agents.triage.tools',
      found: '"tickets.search"',
      expected: "declared operations, as '<tool>.<operation>'",
      fix: 'write it as a list; [] says that there is none',
    },
  ],
  'number as deadline': [
    {
      path: 'approvals.deadline',
      found: '900',
      expected: 'a duration, made by its factory',
      fix: 'write Duration.minutes(10)',
    },
  ],
  'string as deadline': [
    {
      path: 'approvals.deadline',
      found: '"15m"',
      expected: 'a duration, made by its factory',
      fix: 'write Duration.minutes(10)',
    },
  ],
  'string as platform': [
    {
      path: 'platform',
      found: '"kubernetes"',
      expected: 'a platform, made by its factory',
      fix: 'write Platform.kubernetes({ version, … }) or Platform.openshift({ version, … })',
    },
  ],
  'string as state': [
    {
      path: 'state',
      found: '"bundled"',
      expected: 'where state is kept, made by its factory',
      fix: 'write State.postgres(at, { database, password }) or State.bundled()',
    },
  ],
  'string as users': [
    {
      path: 'users',
      found: '"https://login.example.com"',
      expected: 'the identity provider of users, made by its factory',
      fix: 'write Users.oidc({ issuer, audience })',
    },
  ],
  'string as owner': [
    {
      path: 'owner',
      found: '"support-platform"',
      expected: 'an owner, made by its factory',
      fix: "write Owner.team('support-platform', { contact, deployers })",
    },
  ],
  'string as images': [
    {
      path: 'images',
      found: '"images.lock.json"',
      expected: "the lock file of the product's own images, made by its factory",
      fix: 'write ImageLock.from(lock)',
    },
  ],
  'file name as lock file': [
    {
      path: 'images',
      found: '"images.lock.json"',
      expected: "the lock file of the product's own images, made by its factory",
      fix: 'write ImageLock.from(lock)',
    },
  ],
  'signer in place of a supply chain': [
    {
      path: 'supplyChain.kind',
      found: '"keyless"',
      expected: '"signedBy"',
      fix: 'write SupplyChain.signedBy(Signer.keyless({ issuer, subject }))',
    },
  ],
  'string as signer': [
    {
      path: 'supplyChain.signer',
      found: '"cosign"',
      expected: 'a signer, made by its factory',
      fix: 'write Signer.keyless({ issuer, subject }), Signer.key(pem), Signer.certificate({ certificate, chain }) or Signer.privateSigstore({ … })',
    },
  ],
  'string as argument': [
    {
      path: 'tools.tickets.operations.search.arguments.query',
      found: '"string"',
      expected: 'an argument, made by its factory',
      fix: "write Argument.matches('^T-[0-9]+$'), Argument.text({ maxLength }), Argument.number({ min, max }), Argument.integer({ min, max }), Argument.boolean() or Argument.oneOf(…)",
    },
  ],
  'list as operations': [
    {
      path: 'tools.tickets.operations',
      found: '["search"]',
      expected: 'operations by name: what is not declared does not exist',
      fix: 'write it as { search: Operation.read() }',
    },
  ],
  'list as models': [
    {
      path: 'models',
      found: '["claude-sonnet-4-5"]',
      expected: 'models by name, {} for none',
      fix: 'write { claude: HostedModel.anthropic({ … }) }',
    },
  ],
  'list as agents': [
    {
      path: 'agents',
      found: '[{image: "registry.example.com/agents/triage@sha256:f05e07feae72b721ff56673b08f29f2226921c30bfd76eb...',
      expected: 'agents by name, at least one',
      fix: 'write { triage: { image, workload, … } }',
    },
  ],
  'number as environment variable': [
    {
      path: 'agents.triage.env.WORKERS',
      found: '4',
      expected: 'text',
      fix: "write it in quotes: '4'",
    },
  ],
  'number as resource': [
    {
      path: 'agents.triage.resources.cpu',
      found: '1',
      expected: 'a Kubernetes quantity such as 500m',
      fix: 'write 500m',
    },
  ],
  'string as replicas': [
    {
      path: 'agents.triage.workload.replicas',
      found: '"2"',
      expected: 'a whole number from 0 to 100',
      fix: 'use a number in that range',
    },
  ],
  'string as CA': [
    {
      path: 'tools.tickets.at.ca',
      found: '"ca.crt"',
      expected: 'the name of a Secret and of its key, made by its factory',
      fix: "write SecretKey.of('claude', 'key')",
    },
  ],
  'Kubernetes of an unsupported version': [
    {
      path: 'platform.version',
      found: '"1.30"',
      expected: 'one of "1.35", "1.36", "1.37"',
      fix: 'use one of these',
    },
  ],
  'OpenShift with a version of Kubernetes': [
    {
      path: 'platform.version',
      found: '"1.36"',
      expected: 'one of "4.20", "4.21", "4.22"',
      fix: 'use one of these',
    },
  ],
  'OpenShift key on Kubernetes': [
    {
      path: 'platform.publicIssuer',
      found: '"letsencrypt"',
      expected:
        'no such key; there are apiServer, nodes, pods, services, monitoring, telemetry, gatewayAddress, foundation, tokenReview, runtimeClasses, kind, version, dns, ingress, clusterNetworkPolicy',
      fix: 'remove it: what is not part of the declaration has no effect and may hide a mistake',
    },
  ],
  'isolation that does not exist': [
    {
      path: 'agents.triage.isolation.kind',
      found: '"none"',
      expected: 'one of "userNamespace", "gvisor", "kata"',
      fix: 'write Isolation.userNamespace(), Isolation.gvisor() or Isolation.kata()',
    },
  ],
  'taint that does not exist': [
    {
      path: 'tools.tickets.operations.search.returns[0]',
      found: '"sensitiv"',
      expected: 'one of "untrusted", "sensitive"',
      fix: "did you mean 'sensitive'?",
    },
  ],
  'reach that does not exist': [
    {
      path: 'tools.tickets.operations.search.reach',
      found: '"world"',
      expected: 'one of "internal", "external"',
      fix: 'use one of these',
    },
  ],
  'rule with taint and reach mixed up': [
    {
      path: 'agents.triage.sequence[0].taint',
      found: '"external"',
      expected: 'one of "untrusted", "sensitive"',
      fix: 'use one of these',
    },
    {
      path: 'agents.triage.sequence[0].before',
      found: '"sensitive"',
      expected: 'one of "internal", "external"',
      fix: 'use one of these',
    },
  ],
  'method that does not exist': [
    {
      path: 'tools.crm.operations.customer.route.method',
      found: '"TRACE"',
      expected: 'one of "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"',
      fix: 'use one of these',
    },
  ],
  'relative route': [
    {
      path: 'tools.crm.operations.customer.route.path',
      found: '"v1/customers/{id}"',
      expected: 'an absolute path whose variable segments are {argument}s',
      fix: 'write it as /v1/customers/{id}, without query string, wildcard, dot segments or encoded characters',
    },
  ],
  'peer that is no agent': [
    {
      path: 'tools.peer.agent',
      found: '"researcher"',
      expected: 'an agent of this environment: triage, reader',
      fix: 'declare it under agents',
    },
  ],
  'peer without a route': [
    {
      path: 'tools.peer.operations.ask.route',
      found: 'nothing',
      expected: 'a route, made by its factory',
      fix: "add it: write Route.get('/v1/customers/{id}'), Route.post(…), Route.put(…), Route.patch(…) or Route.delete(…)",
    },
  ],
  'less said of a tunnel than the worst': [
    {
      path: 'tools.packages.operations.connect',
      found: 'nothing',
      expected: 'what OpaqueHost.at says of it: connect writes, reaches outside, returns Taint.UNTRUSTED',
      fix: 'add it: write OpaqueHost.at(…) without operations; nobody sees into a tunnel, so no less can be said of it',
    },
  ],
  'tunnel with a credential': [
    {
      path: 'tools.packages.auth',
      found: '{kind: "bearer", secret: {secret: "tickets", key: "token"}}',
      expected: 'no credential: nothing can be added to what nobody sees',
      fix: 'remove auth; an upstream that needs a credential is an McpServer or an HttpApi',
    },
  ],
  'operation of a tunnel mistyped': [
    {
      path: 'agents.reader.tools[0]',
      found: '"packages.conect"',
      expected: "a declared operation, as '<tool>.<operation>'",
      fix: "did you mean 'packages.connect'?",
    },
  ],
  'operation of a peer mistyped': [
    {
      path: 'agents.reader.tools[0]',
      found: '"peer.aks"',
      expected: "a declared operation, as '<tool>.<operation>'",
      fix: "did you mean 'peer.ask'?",
    },
  ],
  'relative health path': [
    {
      path: 'agents.triage.health.path',
      found: '"healthz"',
      expected: 'an absolute path, without query, wildcard or dot segments',
      fix: 'write it as /healthz',
    },
  ],
  'principal without prefix': [
    {
      path: 'agents.triage.mayAsk[0]',
      found: '"support"',
      expected: 'user:<name> or group:<name>, as the identity provider writes it',
      fix: 'write it as group:support',
    },
  ],
  'approver without prefix': [
    {
      path: 'approvals.approvers[0]',
      found: '"support-leads"',
      expected: 'user:<name> or group:<name>, as the identity provider writes it',
      fix: 'write it as group:support',
    },
  ],
  'deployer without prefix': [
    {
      path: 'owner.deployers[0]',
      found: '"argocd"',
      expected: 'user:<name>, group:<name> or serviceaccount:<namespace>/<name>',
      fix: 'write it as serviceaccount:argocd/argocd-application-controller',
    },
  ],
  'signer without issuer': [
    {
      path: 'supplyChain.signer.issuer',
      found: 'nothing',
      expected: 'an https:// URL with a DNS name, without query',
      fix: 'add it: write the URL as the issuer publishes it',
    },
  ],
  'users without audience': [
    {
      path: 'users.audience',
      found: 'nothing',
      expected: 'the audience of the tokens, one line of 1 to 200 characters',
      fix: "add it: write something like 'support-desk'",
    },
  ],
};
