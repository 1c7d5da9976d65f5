import { createHash } from 'node:crypto';
import {
  type Agent,
  ApiKey,
  Approval,
  type ApprovalRule,
  Argument,
  type Auth,
  Bearer,
  Behaviour,
  type Deployer,
  Duration,
  type Endpoint,
  type EnvironmentDeclaration,
  Exposure,
  External,
  Health,
  HostedModel,
  HttpApi,
  type HttpOperation,
  ImageLock,
  InCluster,
  Isolation,
  McpServer,
  type Model,
  NoAuth,
  OpaqueHost,
  Operation,
  Owner,
  Peer,
  type PinnedImage,
  Platform,
  type Principal,
  Private,
  Reach,
  Route,
  SecretKey,
  Sequence,
  type SequenceRule,
  Signer,
  State,
  SupplyChain,
  Taint,
  type Tool,
  Users,
  Workload,
} from '../../lib/declaration';
import fc from './property';

/**
 * Random declarations that are valid and *sound*: somebody can approve, destructive operations wait for a person in
 * every agent that has them, and bundled state only serves environments that read inside.
 */

const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
/** Leaves out what is undefined, as a person would. */
const tidy = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T;

const label = fc.stringMatching(/^[a-z][a-z0-9]{0,7}(-[a-z0-9]{1,6})?$/);
/** What stands for a declared name in Kubernetes; written again here, so that the lib is not its own judge. */
const normal = (name: string): string => name.toLowerCase().replaceAll('_', '-');
const RESERVED = new Set(['constructor', 'prototype']);
const ownName = fc
  .stringMatching(/^[a-z][a-zA-Z0-9]{0,7}([-_][a-z0-9]{1,6})?$/)
  .filter((name) => !RESERVED.has(name.toLowerCase()));

/** A record under names that stay apart after normalisation. */
const namedBy = <T>(value: fc.Arbitrary<T>, minLength: number, maxLength: number): fc.Arbitrary<Record<string, T>> =>
  fc
    .uniqueArray(fc.tuple(ownName, value), { minLength, maxLength, selector: ([name]) => normal(name) })
    .map((entries) => Object.fromEntries(entries));

const host = fc.tuple(label, fc.constantFrom('example.com', 'example.org', 'corp.example.net')).map((p) => p.join('.'));
const secretKey = fc
  .tuple(
    label.filter((name) => name !== 'ca' && !name.endsWith('-tls')),
    fc.constantFrom('key', 'token', 'ca.crt'),
  )
  .map(([s, k]) => SecretKey.of(s, k));
const pinned = (repository: string, seed: number): PinnedImage =>
  `registry.example.com/${repository}@sha256:${createHash('sha256').update(`${repository} ${seed}`).digest('hex')}`;
const image = fc.tuple(label, fc.nat()).map(([repository, seed]) => pinned(`agents/${repository}`, seed));

const external = fc
  .tuple(host, fc.constantFrom(443, 8443))
  .map(([name, port]): Endpoint => External.host(name, { port }));
const privateRange = fc.oneof(
  fc.integer({ min: 16, max: 63 }).chain((b) => fc.nat(255).map((c) => `10.${b}.${c}.0/24`)),
  fc.nat(255).map((d) => `10.64.0.${d}/32`),
  fc.nat(0xffff).map((n) => `fd12:3456:${n.toString(16)}::/48`),
);
const privateHost = fc
  .record({
    name: host,
    cidrs: fc.uniqueArray(privateRange, { minLength: 1, maxLength: 3 }),
    port: fc.constantFrom(443, 5432, 8443),
    ca: optional(secretKey),
  })
  .map(({ name, ...props }) => Private.host(name, tidy(props)));
const inCluster = fc
  .record({
    service: label,
    namespace: label.map((l) => `up-${l}`),
    port: fc.integer({ min: 1, max: 65535 }),
    pods: label.map((l) => ({ 'app.kubernetes.io/name': l })),
    ca: optional(secretKey),
  })
  .map(({ service, ...props }) => InCluster.service(service, tidy(props)));
const internal = fc.oneof(privateHost, inCluster);
const endpoint: fc.Arbitrary<Endpoint> = fc.oneof(external, privateHost, inCluster);

const auth: fc.Arbitrary<Auth> = fc.oneof(
  secretKey.map((secret) => Bearer.from(secret)),
  fc.tuple(secretKey, fc.constantFrom('x-api-key', 'x-token')).map(([secret, header]) => ApiKey.from(secret, header)),
  fc.constant(NoAuth.because('the upstream identifies the gateway by its network')),
);

const model: fc.Arbitrary<Model> = fc
  .record({
    make: fc.constantFrom(HostedModel.anthropic, HostedModel.openai),
    names: fc.uniqueArray(fc.constantFrom('claude-sonnet-4-5', 'gpt-5.2', 'org/small-7b', 'claude-haiku-4-5'), {
      minLength: 1,
    }),
    auth,
    at: optional(endpoint),
  })
  .map(({ make, ...props }) => make(tidy(props)));

const bounds = fc.tuple(fc.integer({ min: -1000, max: 1000 }), fc.nat(1000)).map(([min, span]) => ({
  min,
  max: min + span,
}));
const required: fc.Arbitrary<Argument> = fc.oneof(
  fc
    .tuple(fc.constantFrom('^[0-9]+$', '^(a|b)[a-z]{2,5}$', '\\p{L}+', '(?i)yes|no'), fc.integer({ min: 1, max: 512 }))
    .map(([pattern, maxLength]) => Argument.matches(pattern, { maxLength })),
  fc.integer({ min: 1, max: 65536 }).map((maxLength) => Argument.text({ maxLength })),
  bounds.map((b) => Argument.number(b)),
  bounds.map((b) => Argument.integer(b)),
  fc.constant(Argument.boolean()),
  fc.uniqueArray(label, { minLength: 1, maxLength: 4 }).map((values) => Argument.oneOf(...values)),
);
const argument = fc.oneof(
  required,
  required.map((a) => Argument.optional(a)),
);

const reach = fc.constantFrom(Reach.INTERNAL, Reach.EXTERNAL);
const taints = fc.subarray([Taint.UNTRUSTED, Taint.SENSITIVE]);
const argumentName = fc
  .stringMatching(/^[a-z_][A-Za-z0-9_]{0,8}$/)
  .filter((name) => !RESERVED.has(name) && !name.startsWith('__'));
const operationParts = {
  make: fc.constantFrom(Operation.read, Operation.write, Operation.destructive),
  reach,
  returns: taints,
  arguments: optional(fc.dictionary(argumentName, argument, { maxKeys: 3, noNullPrototype: true })),
};
const mcpOperation = fc.record(operationParts).map(({ make, ...props }): Operation => make(tidy(props)));
const route = { read: Route.get, write: Route.put, destructive: Route.delete } as const;
/** Operations of an HTTP API; the name makes the route unique. */
const httpOperations = namedBy(fc.record(operationParts), 0, 4).map((operations) =>
  Object.fromEntries(
    Object.entries(operations).map(([name, { make, ...props }]): [string, HttpOperation] => {
      const path = `/v1/${normal(name)}/{id}` as const;
      const all = { ...props.arguments, id: Argument.matches('^[a-z0-9-]{1,40}$') };
      return [name, make({ ...props, arguments: all, route: route[make({}).effect](path) })];
    }),
  ),
);
const tool: fc.Arbitrary<Tool> = fc.oneof(
  fc
    .record({ at: endpoint, auth, operations: namedBy(mcpOperation, 0, 4), path: fc.constantFrom('/mcp', '/', '/a/b') })
    .map(({ at, ...props }): Tool => McpServer.at(at, props as { auth: Auth; operations: Record<string, Operation> })),
  fc.record({ at: endpoint, auth, operations: httpOperations }).map(({ at, ...props }): Tool => HttpApi.at(at, props)),
  fc
    .record({
      port: fc.constantFrom(443, 8443),
      bytes: fc.integer({ min: 2 ** 16, max: 2 ** 30 }),
      connections: fc.integer({ min: 1, max: 64 }),
      duration: fc.integer({ min: 1, max: 3600 }).map(Duration.seconds),
    })
    .map(({ port, ...caps }): Tool => OpaqueHost.at(External.host('tunnel.example.com', { port }), { caps })),
);
/** Each opaque host has a name of its own: by that alone is a tunnel told from another. */
const tools = namedBy(tool, 0, 4).map((all) =>
  Object.fromEntries(
    Object.entries(all).map(([name, one]): [string, Tool] => [
      name,
      one.kind === 'opaqueHost'
        ? { ...one, at: External.host(`${normal(name)}.tunnel.example.com`, { port: one.at.port }) }
        : one,
    ]),
  ),
);

const facts = fc
  .record({
    cluster: fc.nat(9),
    monitoring: fc.constantFrom(
      { namespace: 'monitoring' },
      { namespace: 'monitoring', pods: { 'app.kubernetes.io/name': 'prometheus' } },
    ),
    telemetry: internal,
    gvisor: optional(fc.constant('gvisor')),
    kata: optional(fc.constant('kata-qemu')),
  })
  .map(({ cluster, monitoring, telemetry, ...classes }) => ({
    apiServer: { cidrs: [`192.168.${cluster}.10/32`, `192.168.${cluster}.11/32`], port: 6443 },
    nodes: [`192.168.${cluster}.0/24`],
    pods: ['10.128.0.0/14'],
    services: ['172.30.0.0/16'],
    monitoring,
    telemetry,
    ...(Object.keys(tidy(classes)).length === 0 ? {} : { runtimeClasses: tidy(classes) }),
  }));
const gatewayAddress = fc.integer({ min: 10, max: 250 }).map((n) => `172.30.200.${n}`);
const kubernetes = fc
  .record({
    facts,
    version: fc.constantFrom('1.35' as const, '1.36' as const, '1.37' as const),
    gatewayAddress,
    clusterNetworkPolicy: fc.boolean(),
  })
  .map(({ facts: shared, version, gatewayAddress: address, clusterNetworkPolicy }) =>
    Platform.kubernetes({
      ...shared,
      version,
      ...(version === '1.35' ? { gatewayAddress: address } : {}),
      clusterNetworkPolicy,
      ingress: {
        gateway: 'public',
        namespace: 'gateway-system',
        proxies: { namespace: 'gateway-system', pods: { app: 'envoy' } },
      },
    }),
  );
const openshift = fc
  .record({ facts, version: fc.constantFrom('4.20' as const, '4.21' as const, '4.22' as const), gatewayAddress })
  .map(({ facts: shared, ...props }) => Platform.openshift({ ...shared, ...props, publicIssuer: 'letsencrypt' }));
const platform: fc.Arbitrary<Platform> = fc.oneof(kubernetes, openshift);

const keyless = fc.constant(
  Signer.keyless({
    issuer: 'https://token.actions.githubusercontent.com',
    subject: 'https://github.com/example/agents/.github/workflows/release.yaml@refs/heads/main',
  }),
);
const publicKey = fc.constant(
  Signer.key(
    '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8nXRh950IZbRj8Ra/N9sbqOPZrfM\n5/KAQN0/KjHcorm/J5yctVd7iEcnessRQjU917hmKO6JWVGHpDguIyakZA==\n-----END PUBLIC KEY-----\n',
  ),
);
const signer = fc.oneof(keyless, publicKey);
const PARTS = ['envoy', 'governor', 'approvals', 'warden', 'ledger', 'postgres'] as const;
const images = fc
  .record({ example: optional(fc.boolean()), signer, seed: fc.nat() })
  .map(({ seed, ...lock }) =>
    ImageLock.from(
      tidy({ version: 1, ...lock, images: Object.fromEntries(PARTS.map((p) => [p, pinned(`firepit/${p}`, seed)])) }),
    ),
  );

const principal: fc.Arbitrary<Principal> = fc
  .tuple(fc.constantFrom('user' as const, 'group' as const), label)
  .map(([kind, name]): Principal => `${kind}:${name}`);
const principals = fc.uniqueArray(principal, { maxLength: 3 });
const approvers = fc
  .tuple(
    label.map((l): Principal => `group:lead-${l}`),
    fc.uniqueArray(principal, { maxLength: 2 }),
  )
  .map(([group, others]): Principal[] => [group, ...others.filter((other) => other !== group)]);
const deployers: fc.Arbitrary<Deployer[]> = fc.subarray<Deployer>(
  ['serviceaccount:argocd/argocd-application-controller', 'group:platform-engineers', 'user:release@example.com'],
  { minLength: 1 },
);

/** The parts of an environment that do not refer to one another. */
const parts = fc.record({
  name: label.filter((l) => !/-control$|^(kube|openshift)-|^(default|openshift)$/.test(l)).map((l) => `e${l}`),
  owner: fc
    .tuple(label, deployers)
    .map(([team, who]) => Owner.team(team, { contact: `${team}@example.com`, deployers: who })),
  platform,
  images,
  supplyChain: signer.map(SupplyChain.signedBy),
  users: fc.constantFrom(
    Users.oidc({ issuer: 'https://login.example.com', audience: 'agents' }),
    Users.oidc({ issuer: 'https://login.example.com:8443/realms/a', audience: 'https://agents', groupsClaim: 'roles' }),
    Users.oidc({
      issuer: 'https://keycloak.corp.example:8443/realms/a',
      audience: 'agents',
      at: Private.host('keycloak.corp.example', {
        cidrs: ['10.62.0.0/24', 'fd12:99::/48'],
        port: 8443,
        ca: SecretKey.of('keycloak', 'ca.crt'),
      }),
    }),
    Users.oidc({
      issuer: 'https://login.corp.example',
      audience: 'agents',
      at: Private.host('login.corp.example', { cidrs: ['10.61.7.0/24'] }),
    }),
  ),
  approvals: fc
    .record({
      approvers,
      deadline: fc.integer({ min: 30, max: 7 * 86400 }).map(Duration.seconds),
      host: label.map((l) => `approvals-${l}.example.com`),
      quorum: optional(fc.integer({ min: 1, max: 5 })),
    })
    .map(tidy),
  several: fc.boolean(),
  host: fc.oneof(
    label.map((l) => `agents-${l}.example.com`),
    fc
      .uniqueArray(label, { minLength: 1, maxLength: 3 })
      .map((portals) => Exposure.inCluster({ from: portals.map((l) => ({ namespace: `in-${l}`, pods: { app: l } })) })),
  ),
  models: namedBy(model, 0, 3),
  tools,
  locked: optional(fc.subarray(['supplyChain', 'agents.*.needsApproval', 'agents.*.sequence', 'approvals', 'owner'])),
  postgres: internal.map((at) =>
    State.postgres(at, {
      database: 'firepit',
      password: SecretKey.of('postgres', 'password'),
      ...(at.port % 2 === 0 ? {} : { spool: true }),
    }),
  ),
  bundled: fc.boolean(),
});
type Parts = typeof parts extends fc.Arbitrary<infer P> ? P : never;
type Reference = `${string}.${string}`;
type AnyOperation = Operation & { readonly name: Reference };
type AnyAgent = Agent<string, Reference>;

const operationsOf = (tools: Readonly<Record<string, Tool>>): AnyOperation[] =>
  Object.entries(tools).flatMap(([name, t]) =>
    Object.entries(t.operations).map(([o, operation]) => ({ ...operation, name: `${name}.${o}` as Reference })),
  );
const harmless = (operation: Operation): boolean => operation.effect === 'read' && operation.reach === 'internal';

const window = fc.integer({ min: 1, max: 86400 }).map(Duration.seconds);
const conditionOn = (operation: AnyOperation): fc.Arbitrary<ApprovalRule<Reference>> => {
  const measured = Object.entries(operation.arguments ?? {}).find(
    ([, a]) => a.kind === 'number' || a.kind === 'integer',
  );
  const [first] = Object.keys(operation.arguments ?? {});
  const measures = [
    measured === undefined ? Sequence.count(operation.name) : Sequence.sum(operation.name, measured[0]),
    ...(first === undefined ? [] : [Sequence.distinct(operation.name, first)]),
  ];
  return fc
    .tuple(fc.constantFrom(...measures), fc.nat(1000), window)
    .map(([measure, over, within]) => Approval.when(measure.over(over).within(within)));
};
const ruleOn = (operations: readonly AnyOperation[]): fc.Arbitrary<SequenceRule<Reference>> => {
  const never = fc
    .tuple(fc.constantFrom(Taint.UNTRUSTED, Taint.SENSITIVE), reach)
    .map(([taint, before]): SequenceRule<Reference> => Sequence.never(taint).before(before));
  if (operations.length === 0) return never;
  const name = fc.constantFrom(...operations.map((o) => o.name));
  const atMost = fc
    .tuple(fc.integer({ min: 1, max: 1000 }), name, window)
    .map((p): SequenceRule<Reference> => Sequence.atMost(...p));
  const after = fc
    .tuple(name, name, window)
    .map(
      ([operation, before, within]): SequenceRule<Reference> =>
        operation === before ? Sequence.atMost(1, operation, within) : Sequence.only(operation).after(before, within),
    );
  const order = fc
    .tuple(fc.constantFrom('formerly', 'previous', 'since'), name, name, fc.array(name, { maxLength: 2 }), window)
    .map(([kind, operation, other, held, within]): SequenceRule<Reference> => {
      const call = Sequence.call(operation);
      return Sequence.deny(
        kind === 'since' ? call.since(other, held, within) : call[kind as 'formerly' | 'previous'](other, within),
      );
    });
  const last = fc
    .tuple(name, name, window)
    .map(
      ([operation, other, within]): SequenceRule<Reference> =>
        operation === other ? Sequence.atMost(1, operation, within) : Sequence.only(operation).previous(other, within),
    );
  return fc.oneof(never, atMost, after, order, last);
};

const granted = (p: Parts): AnyOperation[] => operationsOf(p.tools).filter((o) => !p.bundled || harmless(o));

/** The same agent as one that ends by itself: it has no user. */
const ended = (agent: AnyAgent): fc.Arbitrary<AnyAgent> => {
  const deadline = fc.integer({ min: 60, max: 7 * 86400 }).map(Duration.seconds);
  const retries = fc.nat(10);
  const schedule = fc.constantFrom('30 4 * * 1-5', '*/15 * * * *', '0 0 29 2 *');
  return fc
    .oneof(
      fc.record({ deadline, retries, schedule }).map(Workload.cronJob),
      fc.record({ deadline, retries, generation: fc.integer({ min: 1, max: 9999 }) }).map(Workload.job),
    )
    .map((workload) => ({ ...agent, workload, mayAsk: [], needsApproval: [], health: Health.exits() }));
};

const agentOf = (p: Parts): fc.Arbitrary<AnyAgent> =>
  fc.subarray(granted(p), { maxLength: granted(p).length }).chain((mine) => {
    const classes = p.platform.runtimeClasses ?? {};
    const risky = mine
      .filter((o) => o.effect === 'destructive')
      .map((o): ApprovalRule<Reference> => Approval.of(o.name));
    // What writes to the outside is bounded.
    const bounds = mine
      .filter((o) => o.effect === 'write' && o.reach === 'external')
      .map((o): SequenceRule<Reference> => Sequence.atMost(20, o.name, Duration.hours(1)));
    const others = fc.tuple(...mine.filter((o) => o.effect === 'write').map((o) => optional(conditionOn(o))));
    return fc
      .record({
        image,
        workload: fc.oneof(
          fc.integer({ min: 0, max: 5 }).map((replicas) => Workload.deployment({ replicas })),
          fc.constant(Workload.sandbox()),
        ),
        isolation: fc.constantFrom(
          Isolation.userNamespace(),
          ...(classes.gvisor === undefined ? [] : [Isolation.gvisor()]),
          ...(classes.kata === undefined ? [] : [Isolation.kata()]),
        ),
        models: fc.subarray(Object.keys(p.models)),
        tools: fc.constant(mine.map((o) => o.name)),
        mayAsk: principals,
        needsApproval: others.map((rules) => [...risky, ...rules.filter((r) => r !== undefined)]),
        sequence: fc.array(ruleOn(mine), { maxLength: 3 }).map((rules) => [...bounds, ...rules]),
        behaviour: fc.constantFrom(
          Behaviour.declared({ processes: ['/usr/bin/python3.12'], writes: ['/tmp'] }),
          Behaviour.declared({ processes: ['/app/agent', '/usr/bin/git'], writes: ['/tmp', '/work/cache'] }),
          Behaviour.declared({ processes: ['/app/agent'], writes: [] }),
        ),
        health: fc.constantFrom(Health.http('/healthz'), Health.http('/'), Health.exec('/app/agent', '--check')),
        port: optional(fc.constantFrom(8080, 3000, 65535)),
        env: optional(
          fc.constantFrom<Readonly<Record<string, string>>[]>({}, { LOG_LEVEL: 'info' }, { REGION: 'eu', MODE: 'on' }),
        ),
        resources: optional(
          fc.constantFrom(
            { cpu: '500m', memory: '512Mi' },
            { cpu: '2', memory: '4Gi' },
            { cpu: '100m', memory: '64Mi' },
          ),
        ),
      })
      .map(tidy)
      .chain((agent) => (risky.length > 0 ? fc.constant(agent) : fc.oneof(fc.constant(agent), ended(agent))));
  });

/** A longer name than others have. */
const COLLEAGUE = 'colleague';
const ask = Operation.read({ route: Route.post('/ask'), arguments: { question: Argument.text({ maxLength: 100 }) } });

/** Lets the first agent ask the last one. */
const withPeer = (declared: EnvironmentDeclaration): EnvironmentDeclaration => {
  const [[first, asking] = ['', undefined], ...others] = Object.entries(declared.agents);
  const last = others.at(-1)?.[0];
  if (asking === undefined || last === undefined) return declared;
  return {
    ...declared,
    tools: { ...declared.tools, [COLLEAGUE]: Peer.agent(last, { operations: { ask } }) },
    agents: { ...declared.agents, [first]: { ...asking, tools: [...asking.tools, `${COLLEAGUE}.ask`] } },
  };
};

/** The same people, as one of two identity providers knows them. */
const ofSeveral = (declared: EnvironmentDeclaration): EnvironmentDeclaration => {
  const staff = (who: readonly Principal[]): Principal[] =>
    who.map((principal) => principal.replace(':', ':staff/') as Principal);
  const { users, approvals, agents } = declared;
  if (users.kind !== 'oidc') return declared;
  const partners = Users.oidc({ issuer: 'https://partners.example.com', audience: 'agents' });
  return {
    ...declared,
    users: Users.oneOf({ staff: users, partners }),
    approvals: { ...approvals, approvers: staff(approvals.approvers) },
    agents: Object.fromEntries(
      Object.entries(agents).map(([name, agent]) => [name, { ...agent, mayAsk: staff(agent.mayAsk) }]),
    ),
  };
};

/** Any valid and sound declaration. */
export const declarations: fc.Arbitrary<EnvironmentDeclaration> = parts.chain((p) =>
  fc.tuple(namedBy(agentOf(p), 1, 4), fc.boolean()).map(([agents, asks]) => {
    const { postgres, bundled, several, ...rest } = p;
    const declared: EnvironmentDeclaration = tidy({ ...rest, state: bundled ? State.bundled() : postgres, agents });
    const whole = several ? ofSeveral(declared) : declared;
    return asks ? withPeer(whole) : whole;
  }),
);
