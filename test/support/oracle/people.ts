import type { Facts } from './facts';
import {
  at,
  type Hole,
  isObj,
  nameOf,
  namespaceOf,
  type Obj,
  obj,
  objs,
  ofKind,
  parsed,
  same,
  str,
  strs,
  which,
} from './plain';
import { podsOf } from './pods';

/** The files that a part of the control plane reads in a directory, through the volume it mounts there. */
const filesOf = (
  part: string,
  objects: readonly Obj[],
  facts: Facts,
  directory = '/etc/firepit/config',
): Obj | undefined => {
  const pod = podsOf(objects).find(
    ({ namespace, labels }) => namespace === facts.control && labels['firepit.dev/component'] === part,
  );
  const container = objs(pod?.spec.containers)[0];
  const mount = objs(container?.volumeMounts).find(({ mountPath }) => mountPath === directory);
  const volume = objs(pod?.spec.volumes).find(({ name }) => name === mount?.name);
  const map = ofKind(objects, '', 'ConfigMap').find(
    (m) => nameOf(m) === at(volume, 'configMap', 'name') && namespaceOf(m) === facts.control,
  );
  return map === undefined ? undefined : obj(map.data);
};

/** `{ within: { seconds: 5 } }` → `{ withinSeconds: 5 }`, without ids: a rule in the words of both sides. */
const plainRule = (rule: unknown): unknown => {
  if (Array.isArray(rule)) return rule.map(plainRule);
  if (!isObj(rule)) return rule;
  return Object.fromEntries(
    Object.entries(rule)
      .filter(([key]) => key !== 'id')
      .map(([key, value]) =>
        isObj(value) && Object.keys(value).join() === 'seconds'
          ? [`${key}Seconds`, value.seconds]
          : [key, plainRule(value)],
      ),
  );
};
const among = (rule: unknown, rules: unknown): boolean => objs(rules).some((r) => same(plainRule(r), plainRule(rule)));
const beyond = (found: unknown, declared: readonly string[]): string[] =>
  strs(found).filter((item) => !declared.includes(item));

/** Configuration that is weaker than its declaration. */
export const peopleHoles = (objects: readonly Obj[], facts: Facts): Hole[] => {
  const policies = filesOf('governor', objects, facts, '/etc/firepit/policies');
  const read = (part: string, judge: (config: Obj, facts: Facts) => string[]): string[] => {
    const config = parsed(filesOf(part, objects, facts)?.[`${part}.json`]);
    return isObj(config) ? judge(config, facts).map((what) => `${part}: ${what}`) : [];
  };
  return [
    ...read('governor', governorProblems),
    ...read('governor', identityProblems),
    ...read('governor', guardProblems),
    ...read('approvals', approvalProblems),
    ...read('warden', wardenProblems),
    ...read('ledger', ledgerProblems),
    ...(policies === undefined ? [] : cedarProblems(str(policies['policies.cedar']), facts)),
  ].map((what) => ({ area: 'people', what }));
};

const dnsName = (declared: string): string => declared.toLowerCase().replaceAll('_', '-');

const governorProblems = (config: Obj, facts: Facts): string[] => {
  const { declaration } = facts;
  const wires = Object.entries(obj(config.models)).flatMap(([name, model]) =>
    beyond(at(model, 'names'), declaration.models[name]?.names ?? []).map((wire) => `model ${wire} is allowed`),
  );
  return [
    ...Object.entries(obj(config.agents)).flatMap(([name, found]) => agentProblems(name, obj(found), facts)),
    ...wires,
    ...toolProblems(obj(config.tools), facts),
    ...which(
      [
        Number(at(config, 'approvals', 'deadlineSeconds')) > declaration.approvals.deadline.seconds,
        'waits longer for people',
      ],
      [Number(at(config, 'limits', 'bodyBytes')) > 16 * 1024 * 1024, 'reads bodies of any size'],
      [!str(at(config, 'policies', 'digest')).startsWith('sha256:'), 'names no policy digest'],
    ),
  ];
};

const agentProblems = (name: string, found: Obj, { declaration, E }: Facts): string[] => {
  const agent = Object.entries(declaration.agents).find(([declared]) => dnsName(declared) === dnsName(name))?.[1];
  if (agent === undefined) return [`knows an agent ${name}`];
  return [
    ...beyond(found.operations, agent.tools).map((op) => `${name} may call ${op}`),
    ...beyond(found.models, agent.models).map((model) => `${name} may ask model ${model}`),
    ...beyond(found.mayAsk, agent.mayAsk).map((who) => `${who} may ask ${name}`),
    ...which(
      [
        !agent.needsApproval.every((rule) => among(rule, found.needsApproval)),
        `${name} needs no approval where declared`,
      ],
      [!agent.sequence.every((rule) => among(rule, found.sequence)), `${name} lost a rule of sequence`],
      [found.serviceAccount !== `system:serviceaccount:${E}:${dnsName(name)}`, `${name} is another account`],
      [found.certificateName !== `${dnsName(name)}.${E}.svc`, `${name} has another certificate`],
    ),
  ];
};

const toolProblems = (tools: Obj, { declaration }: Facts): string[] =>
  Object.entries(tools).flatMap(([tool, found]) =>
    Object.entries(obj(at(found, 'operations'))).flatMap(([name, operation]) => {
      const declared = declaration.tools[tool]?.operations[name];
      return declared === undefined
        ? [`knows an operation ${tool}.${name}`]
        : operationProblems(obj(operation), declared).map((what) => `${what} ${tool}.${name}`);
    }),
  );

type Declared = Facts['declaration']['tools'][string]['operations'][string];

const operationProblems = (found: Obj, declared: Declared): string[] => {
  const free = declared.effect === 'read' && declared.reach === 'internal' && declared.arguments === undefined;
  const loose = found.arguments === 'any' && free;
  const route = 'route' in declared ? declared.route : undefined;
  return which(
    [found.effect !== declared.effect || found.reach !== declared.reach, 'takes for something else'],
    [declared.returns.some((taint) => !strs(found.returns).includes(taint)), 'trusts what comes back from'],
    [!loose && !same(found.arguments, declared.arguments ?? {}), 'takes other arguments for'],
    [found.route !== undefined && !same(found.route, route), 'takes another route for'],
  );
};

const identityProblems = (config: Obj, facts: Facts): string[] => {
  const out = userProblems(config, facts);
  if (at(config, 'token', 'audience') !== `firepit-gateway.${facts.environment}`)
    out.push('takes tokens made for others');
  if (config.gateway !== `gateway.${facts.control}.svc`) out.push('takes another for the gateway');
  if (at(config, 'approvals', 'server', 'host') !== `approvals.${facts.control}.svc`) out.push('asks other people');
  if (at(config, 'ledger', 'server', 'host') !== `ledger.${facts.control}.svc`) out.push('writes into another ledger');
  return [...out, ...stateProblems(config, facts)];
};

const userProblems = (config: Obj, { declaration: { users } }: Facts): string[] =>
  (users.kind === 'oidc' ? [['', users] as const] : Object.entries(users.providers)).flatMap(
    ([name, provider], i, all) => {
      const known = i === 0 ? obj(config.users) : (objs(at(config, 'users', 'others'))[i - 1] ?? {});
      const out = (['issuer', 'audience', 'groupsClaim'] as const)
        .filter((key) => known[key] !== provider[key])
        .map((key) => `believes another ${key} of users`);
      if (name !== '' && known.name !== name) out.push('takes the people of one provider for those of another');
      if (objs(at(config, 'users', 'others')).length > all.length - 1) out.push('believes more providers');
      return out;
    },
  );

const stateProblems = (config: Obj, { state }: Facts): string[] => {
  const out: string[] = [];
  if (state !== undefined && at(config, 'state', 'host') !== state.host) out.push('keeps its state elsewhere');
  for (const key of ['fsync', 'synchronousCommit'])
    if (at(config, 'state', 'require', key) !== true) out.push(`works with a store without ${key}`);
  return out;
};

const guardProblems = (config: Obj): string[] =>
  ['user', 'model', 'toolResult'].flatMap((zone) => {
    const { mode, secrets, normalise, maxDecodeDepth } = obj(at(config, 'guard', zone));
    const out: string[] = [];
    if (mode !== 'enforce') out.push(`guard of ${zone} does not enforce`);
    if (secrets !== 'block' && secrets !== 'redact') out.push(`guard of ${zone} lets secrets through`);
    if (normalise !== true || Number(maxDecodeDepth) < 1) out.push(`guard of ${zone} reads only what is plain`);
    return out;
  });

const approvalProblems = (config: Obj, facts: Facts): string[] => {
  const { approvals } = facts.declaration;
  const out = [...userProblems(config, facts), ...stateProblems(config, facts)];
  for (const who of beyond(config.approvers, approvals.approvers)) out.push(`${who} may approve`);
  if (Number(config.deadlineSeconds) > approvals.deadline.seconds) out.push('waits longer than declared');
  if (Number(config.quorum) < (approvals.quorum ?? 1)) out.push('is content with fewer people');
  if (config.selfApproval !== false) out.push('lets people approve their own');
  if (config.host !== approvals.host) out.push('answers under another name');
  if (config.governor !== `governor.${facts.control}.svc`) out.push('hears another governor');
  return out;
};

const wardenProblems = (config: Obj, facts: Facts): string[] => {
  const out: string[] = [];
  const known = Object.entries(obj(config.agents));
  for (const { name, declared, workload } of facts.agents) {
    const found = known.find(([key]) => key === name || key === declared)?.[1];
    if (found === undefined) out.push(`does not know ${name}`);
    else if (
      at(found, 'namespace') !== facts.E ||
      !same(at(found, 'workload'), { kind: workload.kind, name: workload.name })
    )
      out.push(`would stop another than ${name}`);
  }
  if (!same(config.record, { namespace: facts.control, configMap: 'containment' }))
    out.push('keeps its record elsewhere');
  if (config.quarantineLabel !== 'firepit.dev/quarantine') out.push('sets a label that cuts nothing off');
  if (Number(at(config, 'limits', 'releaseQuorum')) < 2) out.push('releases for one person');
  if (Number(at(config, 'alerts', 'silenceSeconds')) > 600) out.push('does not notice silence');
  for (const who of ['governor', 'approvals'])
    if (at(config, 'signals', who) !== `${who}.${facts.control}.svc`) out.push(`hears another ${who}`);
  return out;
};

const ledgerProblems = (config: Obj, facts: Facts): string[] => {
  const of = (...parts: string[]): string[] => parts.map((part) => `${part}.${facts.control}.svc`);
  return [
    ...stateProblems(config, facts),
    ...beyond(config.writers, of('governor', 'approvals', 'warden')).map((who) => `${who} may write`),
    ...beyond(config.readers, of('governor', 'approvals', 'warden')).map((who) => `${who} may read`),
    ...of('governor', 'approvals', 'warden')
      .filter((who) => !strs(config.writers).includes(who))
      .map((who) => `does not take what ${who} records`),
  ];
};

/** What the policy text permits beyond the declaration, and which refusals it lost. */
const cedarProblems = (text: string, facts: Facts): string[] => {
  const statements = text
    .split(';')
    .map((s) => s.trim())
    .filter((s) => s !== '');
  const forbids = statements.filter((s) => /\bforbid\s*\(/.test(s));
  return [
    ...statements.filter((s) => /\bpermit\s*\(/.test(s)).flatMap((s) => permitProblems(s, facts)),
    ...lostForbids(forbids, facts),
    ...which([forbids.some((s) => /unless \{ true \}|when \{ false \}/.test(s)), 'forbids nothing']),
  ].map((what) => `policy: ${what}`);
};

const permitProblems = (statement: string, { declaration }: Facts): string[] => {
  const agent = /principal == Firepit::Agent::"([^"]+)"/.exec(statement)?.[1] ?? '';
  const group = /principal (?:in|==) Firepit::(Group|User)::"([^"]+)"/.exec(statement);
  const named = /action (?:==|in) (\[[^\]]*\]|Firepit::Action::"[^"]+")/.exec(statement)?.[1] ?? '';
  const actions = [...named.matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? '');
  const resource = /resource (?:==|in) Firepit::(\w+)::"([^"]+)"/.exec(statement);
  if (actions.length === 0 || resource === null || (agent === '' && group === null))
    return ['permits without saying who, what and whereto'];
  const [, kind, what = ''] = resource;
  if (kind === 'Agent') {
    const who = `${group?.[1]?.toLowerCase()}:${group?.[2]}`;
    const may: readonly string[] = declaration.agents[what]?.mayAsk ?? [];
    return which([!may.includes(who), `permits ${who} to ask ${what}`]);
  }
  const { models = [], tools = [] }: { models?: readonly string[]; tools?: readonly string[] } =
    declaration.agents[agent] ?? {};
  if (kind === 'Model') {
    const [model = '', wire = ''] = what.split(/\/(.*)/s);
    const known = models.includes(model) && declaration.models[model]?.names.includes(wire);
    return which([!known, `permits ${agent} model ${what}`]);
  }
  return actions.filter((action) => !tools.includes(action)).map((action) => `permits ${agent} to ${action}`);
};

const lostForbids = (forbids: readonly string[], { declaration }: Facts): string[] => {
  const asks = (id: string): boolean =>
    forbids.some(
      (s) =>
        s.includes(`@id("${id}")`) &&
        s.includes('@effect("needs_approval")') &&
        s.includes('unless { context.run.approved }'),
    );
  const stops = (name: string, id: string): boolean =>
    forbids.some((s) => s.includes(`violated.contains("${id}")`) && s.includes(`Agent::"${name}"`));
  return Object.entries(declaration.agents).flatMap(([name, agent]) => [
    ...agent.needsApproval
      .map((_, index) => `${name}.approval.${index}`)
      .filter((id) => !asks(id))
      .map((id) => `asks nobody for ${id}`),
    ...(agent.tools.length === 0 ? [] : agent.sequence)
      .map((_, index) => `${name}.sequence.${index}`)
      .filter((id) => !stops(name, id))
      .map((id) => `lets ${id} be broken`),
  ]);
};
