import { PORT } from '../../names';
import {
  type Bootstrap,
  bootstraps,
  chainsOf,
  clustersOf,
  endpointsOf,
  httpFilters,
  listenersOf,
  managersOf,
  ownerOf,
  routesOf,
  typeOf,
} from '../envoy';
import { isTunnel } from '../tunnels';
import type { Problem, Rule } from '../types';
import { at, type Data, record, records, same, show, string } from '../values';
import type { View } from '../view';

const EXT_PROC = 'envoy.filters.http.ext_proc';
const BUFFER = 'envoy.filters.http.buffer';
/** What the governor must see, and says of it before it goes on. */
const EVERYTHING: Readonly<Record<string, string>> = {
  request_header_mode: 'SEND',
  request_body_mode: 'STREAMED',
  request_trailer_mode: 'SEND',
  response_header_mode: 'SEND',
  response_body_mode: 'FULL_DUPLEX_STREAMED',
  response_trailer_mode: 'SEND',
};

const modeProblems = (mode: unknown): string[] =>
  Object.entries(EVERYTHING)
    .filter(([field, value]) => at(mode, field) !== value)
    .map(([field]) => `${field} is ${show(at(mode, field))}`);

/** Settings of the filter by which something could go on undecided. */
const filterProblems = (filter: Data): string[] => {
  const config = record(filter.typed_config);
  const out = modeProblems(config.processing_mode);
  if (config.failure_mode_allow !== undefined && config.failure_mode_allow !== false)
    out.push('failure_mode_allow is on: without the governor everything passes');
  if (config.observability_mode === true) out.push('observability_mode is on: it watches and decides nothing');
  if (filter.disabled === true) out.push('it is disabled');
  if (filter.is_optional === true) out.push('it is optional: an Envoy without it starts as well');
  if (!/^[1-9]\d*(\.\d+)?s$/.test(string(config.message_timeout) ?? ''))
    out.push(`message_timeout is ${show(config.message_timeout)}`);
  if (config.allow_mode_override === true) out.push('what it sees may be overridden');
  if (at(config, 'grpc_service', 'envoy_grpc', 'cluster_name') !== 'governor' || config.http_service !== undefined)
    out.push('somebody else than the governor is asked');
  if (
    at(config, 'mutation_rules', 'disallow_system') !== true ||
    at(config, 'mutation_rules', 'allow_all_routing') === true
  )
    out.push('it may change where a request goes');
  return out;
};

/** Places where one route could leave the decision out, or let pieces go before the last was seen; tunnels have no last. */
const overrides = (manager: Data): readonly Data[] =>
  [at(manager, 'route_config'), ...records(at(manager, 'route_config', 'virtual_hosts')), ...routesOf(manager)]
    .map(record)
    .filter((place) => {
      const config = record(place.typed_per_filter_config);
      return config[EXT_PROC] !== undefined || (config[BUFFER] !== undefined && !isTunnel(place));
    });

const isAdmin = (bootstrap: Bootstrap, name: unknown): boolean =>
  clustersOf(bootstrap).some(
    ({ value }) => value.name === name && endpointsOf(value).every((a) => a.pipe !== undefined),
  );

/** Whether all a listener does is answer for Envoy itself. */
const onlyItself = (bootstrap: Bootstrap, manager: Data): boolean =>
  routesOf(manager).every(
    (route) => record(route.direct_response).status !== undefined || isAdmin(bootstrap, at(route, 'route', 'cluster')),
  );

/** What is judged is what is routed: paths have one spelling, and the caller's address is the one that was seen. */
const spelling = (manager: Data): string[] => {
  const out: string[] = [];
  if (manager.normalize_path !== true || manager.merge_slashes !== true) out.push('paths have several spellings');
  if (manager.path_with_escaped_slashes_action !== 'REJECT_REQUEST') out.push('escaped slashes pass');
  if (manager.use_remote_address !== true) out.push('callers say where they come from');
  if (manager.upgrade_configs !== undefined) out.push('a connection may become something else');
  return out;
};

const managerProblems = (bootstrap: Bootstrap, manager: Data): string[] => {
  if (manager.rds !== undefined || manager.scoped_routes !== undefined) return ['its routes come from elsewhere'];
  if (onlyItself(bootstrap, manager)) return [];
  const [first, ...rest] = httpFilters(manager);
  if (first === undefined || first.name !== EXT_PROC || typeOf(first) !== 'ExternalProcessor')
    return ['requests are routed before anybody decides'];
  const known = new Set(['Buffer', 'RBAC', 'Router']);
  const foreign = rest
    .filter((f) => !known.has(typeOf(f)))
    .map((f) => `the filter ${show(f.name)} acts after the decision`);
  return [
    ...spelling(manager),
    ...filterProblems(first),
    ...foreign,
    ...(rest.some((f) => typeOf(f) === 'Buffer') ? [] : ['the first pieces of a request go on before its last']),
    ...(overrides(manager).length > 0 ? ['a route leaves the decision out or changes it'] : []),
  ];
};

const listenerProblems = (bootstrap: Bootstrap): Problem[] =>
  listenersOf(bootstrap).flatMap(({ value, path }) =>
    chainsOf(value).flatMap((chain) => {
      const managers = managersOf(chain);
      const problems =
        managers === undefined
          ? ['bytes pass that nobody reads as HTTP']
          : managers.flatMap((manager) => managerProblems(bootstrap, manager));
      return problems.map((problem) => ({ object: ownerOf(bootstrap), path, problem }));
    }),
  );

/** Nothing but the file decides what Envoy does. */
const dynamic = (bootstrap: Bootstrap): Problem[] => {
  const layers = records(at(bootstrap.config, 'layered_runtime', 'layers'));
  const foreign = [
    'dynamic_resources',
    'cluster_manager',
    'hds_config',
    'xds_delegate_extension',
    'bootstrap_extensions',
    'inline_headers',
  ].filter((key) => bootstrap.config[key] !== undefined);
  const runtime = layers.some((l) => l.static_layer === undefined) || bootstrap.config.runtime !== undefined;
  return [
    ...foreign.map((key) => ({
      object: ownerOf(bootstrap),
      path: `data['envoy.yaml'].${key}`,
      problem: 'somebody else configures this Envoy as well',
    })),
    ...(runtime
      ? [
          {
            object: ownerOf(bootstrap),
            path: "data['envoy.yaml'].layered_runtime",
            problem: 'its switches can be turned while it runs',
          },
        ]
      : []),
  ];
};

const governorCluster = (view: View, bootstrap: Bootstrap): Problem[] => {
  const cluster = clustersOf(bootstrap).find(({ value }) => value.name === 'governor');
  const [address] = cluster === undefined ? [] : endpointsOf(cluster.value);
  const host = string(at(address, 'socket_address', 'address')) ?? '';
  const wanted = view.names.service('governor');
  const [options] = Object.values(record(cluster?.value.typed_extension_protocol_options));
  const watched = at(options, 'explicit_http_config', 'http2_protocol_options', 'connection_keepalive');
  const silent =
    watched === undefined
      ? [
          {
            object: ownerOf(bootstrap),
            path: cluster?.path ?? "data['envoy.yaml']",
            problem: 'nobody notices a governor that says nothing any more',
          },
        ]
      : [];
  const elsewhere =
    same(at(address, 'socket_address', 'port_value'), PORT.decide) && [wanted, `${wanted}.cluster.local`].includes(host)
      ? []
      : [
          {
            object: ownerOf(bootstrap),
            path: cluster?.path ?? "data['envoy.yaml']",
            problem: `the governor is asked at ${show(host)}`,
          },
        ];
  return [...elsewhere, ...silent];
};

export const rule: Rule = {
  id: 'requests-wait-for-decisions',
  layer: 'guard',
  info: 'A request or an answer can pass the gateway without the governor having seen it whole and allowed it.',
  explanation:
    'the gateway is the one place where every call is seen both ways; a filter that fails open, one route without it or a body it does not see is the way an attack takes',
  fix: 'leave ext_proc first on every listener with routes, failure_mode_allow: false, everything seen both ways, no override, and keep-alive on the connection to the governor',
  check: (view) => {
    const gateways = bootstraps(view).filter(({ role }) => role === 'gateway');
    const unread = bootstraps(view)
      .filter(({ file }) => file === undefined || typeof file.value !== 'object')
      .map(({ pod, container }) => ({
        object: pod.owner,
        path: container.path,
        problem: 'it runs Envoy, and no configuration of it can be read',
      }));
    return [
      ...unread,
      ...gateways.flatMap((g) => [...listenerProblems(g), ...governorCluster(view, g)]),
      ...bootstraps(view).flatMap(dynamic),
    ];
  },
};
