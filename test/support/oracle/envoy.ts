import { firstOf, inside } from './addresses';
import type { Facts, Place } from './facts';
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
  str,
  strs,
  which,
} from './plain';
import { podsOf } from './pods';
import { isTunnel, tunnelAt } from './tunnels';

/** A proxy and the files it was given. */
interface Proxy {
  readonly who: string;
  readonly files: Readonly<Record<string, unknown>>;
}

/** Configuration as each Envoy will find it: through the volume it mounts, under the name the volume gives. */
const proxies = (objects: readonly Obj[], facts: Facts): Proxy[] =>
  podsOf(objects).flatMap((pod) => {
    const list = pod.namespace === facts.control ? 'containers' : 'initContainers';
    const envoy = objs(pod.spec[list]).find((c) => c.image === facts.parts.gateway);
    if (envoy === undefined) return [];
    const mount = objs(envoy.volumeMounts).find(({ mountPath }) => mountPath === '/etc/envoy');
    const volume = objs(pod.spec.volumes).find(({ name }) => name === mount?.name);
    const map = ofKind(objects, '', 'ConfigMap').find(
      (m) => nameOf(m) === at(volume, 'configMap', 'name') && namespaceOf(m) === pod.namespace,
    );
    return [{ who: pod.title, files: obj(map?.data) }];
  });

const hostOf = (place: Place): string => (place.host.endsWith('.svc') ? `${place.host}.cluster.local` : place.host);

/** Where a configuration lets bytes go without a decision, or without knowing to whom. */
export const envoyHoles = (objects: readonly Obj[], facts: Facts): Hole[] =>
  proxies(objects, facts).flatMap(({ who, files }) => {
    const config = parsed(files['envoy.yaml']);
    if (!isObj(config)) return [];
    const isGateway = who.endsWith('/gateway');
    return [
      ...adminHoles(config),
      ...objs(at(config, 'static_resources', 'listeners')).flatMap((l) => listenerHoles(l, isGateway, facts)),
      ...objs(at(config, 'static_resources', 'clusters')).flatMap((c) => clusterHoles(c, isGateway, facts)),
      ...(config.dynamic_resources === undefined ? [] : ['takes configuration from elsewhere']),
      ...(isGateway ? routeHoles(config, facts) : []),
      ...fileHoles(files),
    ].map((what) => ({ area: 'envoy', what: `${who}: ${what}` }));
  });

const isLoopback = (address: unknown): boolean => /^127\.|^::1$/.test(str(at(address, 'socket_address', 'address')));

const adminHoles = ({ admin }: Obj): string[] => {
  if (admin === undefined) return [];
  const address = obj(at(admin, 'address'));
  if (address.pipe === undefined && !isLoopback(address)) return ['admin is open to the network'];
  if (isLoopback(address)) return ['admin is open to every process of the pod'];
  const paths = objs(at(admin, 'allow_paths'));
  if (paths.length === 0) return ['admin answers every path'];
  const odd = paths.filter((p) => !['/stats/prometheus', '/ready'].includes(str(p.exact)));
  return odd.length === 0 ? [] : ['admin answers more than its statistics'];
};

const managers = (listener: Obj): { chain: Obj; manager: Obj }[] =>
  objs(listener.filter_chains).flatMap((chain) =>
    objs(chain.filters).map((filter) => ({ chain, manager: obj(filter.typed_config) })),
  );

const HEALTH = [8081, 9090];
/** Filters that pass bytes on without reading them; what is no filter at all, Envoy refuses to start with. */
const OPAQUE = /filters\.(network|udp)\.(?!http_connection_manager)\w+\.v3\.\w+$/;

const listenerHoles = (listener: Obj, isGateway: boolean, facts: Facts): string[] => {
  const port = Number(at(listener, 'address', 'socket_address', 'port_value'));
  const outward = !isLoopback(listener.address);
  const own = which(
    [!isGateway && listener.enable_reuse_port !== false, 'its port can be taken'],
    [!isGateway && port === 15001 && outward, 'the way out is open to the network'],
  );
  const chains = managers(listener).flatMap(({ chain, manager }) => {
    const type = str(manager['@type']);
    if (!type.endsWith('.HttpConnectionManager')) return which([OPAQUE.test(type), 'forwards bytes unread']);
    if (HEALTH.includes(port)) return healthHoles(manager);
    return [
      ...(isGateway ? [...decisionHoles(port, manager), ...parsingHoles(manager)] : []),
      ...(outward ? tlsHoles(chain, isGateway, port, facts) : []),
    ];
  });
  return [...own, ...chains].map((what) => `${str(listener.name)}: ${what}`);
};

/** Plain listeners answer health and metrics, and forward to nobody but what they report on. */
const healthHoles = (manager: Obj): string[] =>
  objs(at(manager, 'route_config', 'virtual_hosts'))
    .flatMap((host) => objs(host.routes))
    .flatMap((route) => {
      const cluster = str(at(route, 'route', 'cluster'));
      const loose = ['prefix', 'safe_regex', 'path_separated_prefix'].some(
        (key) => at(route, 'match', key) !== undefined,
      );
      return which(
        [/^(agent-|model-|tool-|governor|gateway|self)/.test(cluster), `forwards to ${cluster}`],
        [loose && cluster !== '', `forwards more than one path to ${cluster}`],
      );
    });

const decisionHoles = (port: number, manager: Obj): string[] => {
  const filters = objs(manager.http_filters);
  const typeOf = (filter: Obj): string => str(at(filter, 'typed_config', '@type'));
  const index = filters.findIndex((filter) => typeOf(filter).endsWith('ExternalProcessor'));
  const router = filters.findIndex((filter) => typeOf(filter).endsWith('Router'));
  if (router < 0) return [];
  if (index < 0 || index > router) return ['forwards without a decision'];
  const asked = obj(filters[index]?.typed_config);
  const door = objs(at(asked, 'grpc_service', 'initial_metadata')).find(({ key }) => key === 'firepit-door');
  return [
    ...which(
      [filters[index]?.disabled === true, 'the decision is off'],
      [asked.failure_mode_allow === true, 'forwards when nobody decides'],
      [asked.observability_mode === true, 'only watches'],
      [asked.disable_immediate_response === true, 'cannot be refused'],
      [at(asked, 'grpc_service', 'envoy_grpc', 'cluster_name') !== 'governor', 'asks somebody else'],
      [door?.value === (port === 9443 ? 'front' : 'back'), 'says it is another door'],
    ),
    ...modeHoles(asked),
  ];
};

const modeHoles = (asked: Obj): string[] => {
  const mode = obj(asked.processing_mode);
  // The governor answers in these modes alone: in others, what it says about bodies is not what Envoy waits for.
  return which(
    [(mode.request_header_mode ?? 'SEND') !== 'SEND', 'hides request headers'],
    [mode.request_body_mode !== 'STREAMED', 'hides request bodies'],
    [mode.response_body_mode !== 'FULL_DUPLEX_STREAMED', 'hides response bodies'],
    [asked.allow_mode_override === true, 'lets another mode be chosen'],
  );
};

const tlsHoles = (chain: Obj, isGateway: boolean, port: number, facts: Facts): string[] => {
  const tls = obj(at(chain, 'transport_socket', 'typed_config'));
  if (!str(tls['@type']).endsWith('DownstreamTlsContext')) return ['speaks plain'];
  const mutual = !isGateway || port === 9443;
  const names = isGateway ? [] : [`gateway.${facts.control}.svc`];
  const minimum = str(at(tls, 'common_tls_context', 'tls_params', 'tls_minimum_protocol_version'));
  return which(
    [mutual && tls.require_client_certificate !== true, 'asks nobody who they are'],
    [mutual && !validates(tls, names), 'believes any certificate'],
    [isGateway && ['TLSv1_0', 'TLSv1_1'].includes(minimum), 'speaks old TLS'],
  );
};

const parsingHoles = (manager: Obj): string[] =>
  which(
    [manager.normalize_path !== true, 'takes paths as they come'],
    [
      ['FORWARD_ONLY', 'APPEND_FORWARD', 'ALWAYS_FORWARD_ONLY'].includes(str(manager.forward_client_cert_details)),
      'believes a claimed certificate',
    ],
  );

/** A validation context with a trust root and, where asked, exactly these names. */
const validates = (tls: Obj, names: readonly string[]): boolean => {
  const common = obj(tls.common_tls_context);
  const combined = obj(common.combined_validation_context);
  const context = obj(common.validation_context ?? combined.default_validation_context);
  const rooted =
    combined.validation_context_sds_secret_config !== undefined || at(context, 'trusted_ca', 'filename') !== undefined;
  const lax = context.trust_chain_verification === 'ACCEPT_UNTRUSTED' || context.allow_expired_certificate === true;
  const exact = objs(context.match_typed_subject_alt_names).map((m) => str(at(m, 'matcher', 'exact')));
  const loose = objs(context.match_typed_subject_alt_names).some((m) => at(m, 'matcher', 'exact') === undefined);
  return (
    rooted &&
    !lax &&
    !loose &&
    names.every((n) => exact.includes(n)) &&
    (names.length === 0 || exact.every((n) => names.includes(n)))
  );
};

const addressesOf = (cluster: Obj): Obj[] =>
  objs(at(cluster, 'load_assignment', 'endpoints'))
    .flatMap((e) => objs(e.lb_endpoints))
    .map((e) => obj(at(e, 'endpoint', 'address')));

/** Where a proxy may go: `host:port` and the name it must check. */
const declaredFor = (isGateway: boolean, facts: Facts): ReadonlyMap<string, string> => {
  const { E, control, agents, upstreams } = facts;
  if (!isGateway) return new Map([[`gateway.${control}.svc:9443`, `gateway.${control}.svc`]]);
  return new Map([
    ...upstreams.map((place) => [`${hostOf(place)}:${place.port}`, place.host] as const),
    [`governor.${control}.svc.cluster.local:50051`, `governor.${control}.svc`] as const,
    ...agents.map((a) => [`${a.name}.${E}.svc.cluster.local:8443`, `${a.name}.${E}.svc`] as const),
  ]);
};

const clusterHoles = (cluster: Obj, isGateway: boolean, facts: Facts): string[] => {
  const type = str(cluster.type ?? at(cluster, 'cluster_type', 'name'));
  // The sidecar of a model asks itself whether it answers.
  const models = facts.ownModels.length === 0 ? [] : [...facts.ownModels, { port: 8443 }];
  const own = isGateway ? [9443] : [...facts.agents, ...models].map(({ port }) => port);
  const declared = declaredFor(isGateway, facts);
  const hosts = addressesOf(cluster).map((a) => at(a, 'socket_address', 'address'));
  const isPublic = isGateway && facts.upstreams.some((p) => p.is === 'public' && hosts.includes(p.host));
  return [
    ...which([type === 'ORIGINAL_DST' || /dynamic_forward_proxy|EDS/.test(type), 'goes where it is told']),
    ...addressesOf(cluster).flatMap((address) => addressHoles(address, cluster, own, declared, facts)),
    ...(isPublic ? addressCheck(cluster, facts) : []),
  ].map((what) => `${str(cluster.name)}: ${what}`);
};

const addressHoles = (
  address: Obj,
  cluster: Obj,
  own: readonly number[],
  declared: ReadonlyMap<string, string>,
  { tunnels }: Facts,
): string[] => {
  if (address.pipe !== undefined)
    return which([at(address, 'pipe', 'path') !== '/var/run/envoy/admin.sock', 'another socket']);
  const host = str(at(address, 'socket_address', 'address'));
  const port = Number(at(address, 'socket_address', 'port_value'));
  if (host === '127.0.0.1' && own.includes(port)) return [];
  const expected = declared.get(`${host}:${port}`);
  if (expected === undefined) return [`reaches ${host}:${port}`];
  // In a tunnel the caller speaks TLS; no request of somebody else may be sent there in plain.
  if (tunnels.some((t) => t.target === `${host}:${port}` && t.cluster === cluster.name)) return [];
  const tls = obj(at(cluster, 'transport_socket', 'typed_config'));
  if (!str(tls['@type']).endsWith('UpstreamTlsContext')) return [`speaks plain to ${host}`];
  const names = expected.endsWith('.svc') ? [expected, `${expected}.cluster.local`] : [expected];
  return which([!names.some((name) => validates(tls, [name])), `does not check that ${host} is ${expected}`]);
};

/** After resolution a public name must not lead inside: the cluster's own filter says so. */
const addressCheck = (cluster: Obj, facts: Facts): string[] => {
  const options = Object.values(obj(cluster.typed_extension_protocol_options)).flatMap((o) =>
    objs(at(o, 'http_filters')),
  );
  const rbac = options.map((f) => obj(f.typed_config)).find((c) => str(c['@type']).endsWith('rbac.v3.RBAC'));
  const rules = obj(rbac?.rules);
  const policies = Object.values(obj(rules.policies));
  if (rbac === undefined || (rules.action ?? 'ALLOW') !== 'ALLOW') return ['leads to any address'];
  const inner = ['169.254.169.254', '10.9.9.9', '127.0.0.1', 'fd00:ec2::254', ...facts.cluster.map(firstOf)];
  const leads = (ip: string): boolean =>
    policies.some((p) => objs(obj(p).permissions).some((permission) => permits(permission, ip)));
  try {
    return inner.filter(leads).map((ip) => `may lead to ${ip}`);
  } catch {
    return [];
  }
};

/** @throws for what Envoy would refuse to start with */
const permits = (permission: Obj, ip: string): boolean => {
  const rules = (key: string): Obj[] => objs(at(permission, key, 'rules'));
  if (permission.any === true) return true;
  if (permission.and_rules !== undefined) return rules('and_rules').every((r) => permits(r, ip));
  if (permission.or_rules !== undefined) return rules('or_rules').some((r) => permits(r, ip));
  if (permission.not_rule !== undefined) return !permits(obj(permission.not_rule), ip);
  const range = at(permission, 'matcher', 'typed_config', 'upstream_ip');
  if (!isObj(range)) throw new Error('a rule without meaning');
  return inside(ip, `${str(range.address_prefix)}/${String(range.prefix_len ?? 0)}`);
};

const routesOf = (listener: Obj): { host: Obj; route: Obj }[] =>
  managers(listener).flatMap(({ manager }) =>
    objs(at(manager, 'route_config', 'virtual_hosts')).flatMap((host) =>
      objs(host.routes).map((route) => ({ host, route })),
    ),
  );

/** Routes of the gateway: agents at the front under the declared host; at the back only for those who were granted. */
const routeHoles = (config: Obj, facts: Facts): string[] =>
  objs(at(config, 'static_resources', 'listeners')).flatMap((listener) => {
    const port = Number(at(listener, 'address', 'socket_address', 'port_value'));
    if (HEALTH.includes(port)) return [];
    return routesOf(listener).flatMap(({ host, route }) =>
      routeProblems(host, route, port, facts).map((what) => `${str(listener.name)}: ${str(route.name)}: ${what}`),
    );
  });

const routeProblems = (host: Obj, route: Obj, port: number, facts: Facts): string[] => {
  const cluster = str(at(route, 'route', 'cluster'));
  const isAgent = cluster.startsWith('agent-');
  return [
    ...which(
      [strs(host.domains).some((d) => d.includes('*')), 'under any name'],
      [perFilter(route, host, 'ext_proc'), 'passes the decision by'],
      [isTunnel(route) && tunnelAt(route, facts) === undefined, 'makes tunnels to anywhere'],
      [!isTunnel(route) && facts.tunnels.some((t) => t.cluster === cluster), `sends requests into ${cluster}`],
      [port === 8443 && isTunnel(route), 'makes tunnels for people'],
      [port === 8443 && /^(model-|tool-|governor|self)/.test(cluster), `people reach ${cluster}`],
      [port === 9443 && isAgent && askedAt(route, facts) === undefined, `agents reach ${cluster}`],
      [at(route, 'route', 'cluster_header') !== undefined, 'goes where the caller says'],
    ),
    ...(port === 9443 ? [...callers(route, facts), ...rewrites(route, facts), ...headers(host, isAgent)] : []),
  ];
};

const pathOf = ({ match }: Obj): string =>
  str(at(match, 'path') ?? at(match, 'safe_regex', 'regex') ?? at(match, 'prefix'));

/** The agent that was declared at the path of a route, where the route leads to it. */
const askedAt = (route: Obj, { peers }: Facts): Facts['peers'][number] | undefined =>
  peers.find((p) => pathOf(route).startsWith(p.prefix) && at(route, 'route', 'cluster') === p.cluster);

/** How a request may name its upstream. */
const namesOf = (place: Place): string[] =>
  [place.host, hostOf(place)].flatMap((host) => [host, `${host}:${place.port}`]);

/** What is called must be what was decided on: the path without its first two segments, at the upstream's own name. */
const rewrites = (of: Obj, facts: Facts): string[] => {
  const { prefix_rewrite: path, regex_rewrite: regex, host_rewrite_literal: host } = obj(of.route);
  const matched = pathOf(of);
  const asked = askedAt(of, facts)?.host;
  const names = asked === undefined ? facts.upstreams.flatMap(namesOf) : [asked];
  const [, kind = '', name = '', rest = ''] = /^\/([^/]+)\/([^/]+)(\/.*)?$/.exec(matched) ?? [];
  const pattern = str(at(regex, 'pattern', 'regex'));
  return which(
    [str(path) !== '' && path !== (rest === '' ? '/' : rest), 'calls another path'],
    [pattern !== '' && (pattern !== `^/${kind}/${name}/` || at(regex, 'substitution') !== '/'), 'calls another path'],
    [str(host) !== '' && !names.includes(str(host)), 'calls another host'],
  );
};

const OWN_CREDENTIALS = ['authorization', 'proxy-authorization', 'cookie', 'x-api-key', 'api-key', 'x-firepit-token'];
/** An agent that may send credentials of its own speaks to the upstream as somebody else. */
const headers = ({ request_headers_to_remove: removed }: Obj, isAgent: boolean): string[] =>
  [...OWN_CREDENTIALS, ...(isAgent ? [] : ['x-firepit-run'])]
    .filter((header) => !strs(removed).includes(header))
    .map((header) => `lets ${header} of agents through`);

const perFilter = (route: Obj, host: Obj, filter: string): boolean =>
  [route, host].some(({ typed_per_filter_config: config }) =>
    Object.keys(obj(config)).some((key) => key.includes(filter)),
  );

/** Which agents may take a route, against who was granted what the route leads to. */
const callers = (route: Obj, facts: Facts): string[] => {
  const rbac = obj(at(route, 'typed_per_filter_config', 'envoy.filters.http.rbac', 'rbac'));
  const policies = Object.values(obj(at(rbac, 'rules', 'policies'))).map(obj);
  if (at(rbac, 'rules') === undefined)
    return route.typed_per_filter_config === undefined ? [] : ['lets everybody call'];
  if ((at(rbac, 'rules', 'action') ?? 'ALLOW') !== 'ALLOW') return ['turns its list around'];
  const names = policies
    .flatMap((p) => objs(p.principals))
    .map((p) => at(p, 'authenticated', 'principal_name', 'exact'));
  const granted = grantedTo(route, facts);
  return names.filter((n) => typeof n !== 'string' || !granted.includes(n)).map((n) => `lets ${String(n)} call`);
};

const grantedTo = (route: Obj, facts: Facts): string[] => {
  const { declaration, E } = facts;
  const asked = askedAt(route, facts)?.prefix;
  const cluster =
    asked === undefined ? str(at(route, 'route', 'cluster')) : asked.replace('/tools/', 'tool-').slice(0, -1);
  const leads = (kind: 'model' | 'tool', name: string): boolean => dnsName(cluster) === `${kind}-${dnsName(name)}`;
  return Object.entries(declaration.agents)
    .filter(
      ([, agent]) =>
        agent.models.some((model) => leads('model', model)) ||
        agent.tools.some((tool) => leads('tool', tool.slice(0, tool.indexOf('.')))),
    )
    .map(([name]) => `${dnsName(name)}.${E}.svc`);
};
const dnsName = (declared: string): string => declared.toLowerCase().replaceAll('_', '-');

/** Secrets are read from the directories that hold them; nothing is written into the configuration itself. */
const fileHoles = (files: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(files)
    .filter(([, text]) => /"inline_(string|bytes)"/.test(str(text)) && /secret|private_key|certificate/.test(str(text)))
    .filter(([name]) => name.startsWith('sds-'))
    .map(([name]) => `${name} holds a secret`);
