import { PORT } from '../../names';
import {
  addressOf,
  type Bootstrap,
  bootstraps,
  chainsOf,
  httpFilters,
  listenersOf,
  managersOf,
  ownerOf,
  routesOf,
  typeOf,
} from '../envoy';
import { isTunnel, tunnelUsers } from '../tunnels';
import type { Problem, Rule } from '../types';
import { at, type Data, record, records, same, show } from '../values';
import type { View } from '../view';

/** Ports that answer probes and scrapers over plain HTTP. */
const PLAIN = new Set<number>([PORT.health, PORT.metrics]);

/** DNS names that a caller's certificate may carry, exactly. */
const callersOf = (tls: unknown): readonly string[] =>
  records(
    at(
      tls,
      'common_tls_context',
      'combined_validation_context',
      'default_validation_context',
      'match_typed_subject_alt_names',
    ),
  ).map((m) => (m.san_type === 'DNS' ? String(at(m, 'matcher', 'exact')) : show(m)));

/** Who may call which listener; undefined: TLS without a client certificate. */
const wanted = (view: View, bootstrap: Bootstrap, port: number): readonly string[] | undefined => {
  if (bootstrap.role !== 'gateway') return [view.names.service('gateway')];
  return port === PORT.back ? Object.keys(view.declaration.agents).map((a) => view.names.agentHost(a)) : undefined;
};

const tlsProblems = (view: View, bootstrap: Bootstrap, listener: Data, chain: Data): string[] => {
  const { port, loopback } = addressOf(listener);
  if (loopback || PLAIN.has(port)) return [];
  const tls = at(chain, 'transport_socket', 'typed_config');
  if (!String(at(tls, '@type')).endsWith('.DownstreamTlsContext')) return ['it takes requests without TLS'];
  const names = wanted(view, bootstrap, port);
  const context = record(at(tls, 'common_tls_context'));
  const version = at(context, 'tls_params', 'tls_minimum_protocol_version');
  const out =
    version === 'TLSv1_3' || (names === undefined && version === 'TLSv1_2')
      ? []
      : [`it speaks TLS from ${show(version)} on`];
  if (names === undefined) return out;
  if (at(tls, 'require_client_certificate') !== true) out.push('callers need no certificate');
  if (!same([...callersOf(tls)].sort(), [...names].sort()))
    out.push(`certificates of ${show(callersOf(tls))} are accepted, not of ${show(names)}`);
  if (
    at(context, 'combined_validation_context', 'validation_context_sds_secret_config', 'name') !== 'ca' ||
    context.validation_context !== undefined
  )
    out.push('certificates of another authority are accepted');
  if (
    at(context, 'combined_validation_context', 'default_validation_context', 'trust_chain_verification') !== undefined
  )
    out.push('certificates are accepted without their chain');
  if (
    at(tls, 'disable_stateless_session_resumption') !== true ||
    at(tls, 'disable_stateful_session_resumption') !== true
  )
    out.push('a resumed session is not asked for its certificate again');
  return out;
};

/** What callers say about certificates is forgotten; only what was seen is told on. */
const forwarded = (chain: Data): string[] =>
  (managersOf(chain) ?? []).flatMap((manager) => {
    const details = manager.forward_client_cert_details;
    return details === undefined || details === 'SANITIZE' || details === 'SANITIZE_SET'
      ? []
      : [`what a caller says about its certificate is believed (${show(details)})`];
  });

/** Names that an RBAC rule lets through. */
const principalsOf = (rbac: unknown): readonly string[] =>
  Object.values(record(at(rbac, 'rules', 'policies'))).flatMap((policy) =>
    records(at(policy, 'principals')).map((p) => String(at(p, 'authenticated', 'principal_name', 'exact') ?? show(p))),
  );

const usersOf = (view: View, path: string): readonly string[] => {
  const [, section, name] = path.split('/');
  return Object.entries(view.declaration.agents)
    .filter(([, agent]) =>
      section === 'models' ? agent.models.includes(name ?? '') : agent.tools.some((t) => t.startsWith(`${name}.`)),
    )
    .map(([agent]) => view.names.agentHost(agent));
};

const pathOf = (route: Data): string =>
  String(
    at(route, 'match', 'path') ??
      at(route, 'match', 'prefix') ??
      String(at(route, 'match', 'safe_regex', 'regex')).replaceAll('\\', ''),
  );

/** The back door: nobody passes unless a route says who. */
const guardProblems = (view: View, manager: Data): string[] => {
  const guard = httpFilters(manager).find((f) => typeOf(f) === 'RBAC');
  const closed =
    guard !== undefined &&
    guard.disabled !== true &&
    at(guard, 'typed_config', 'rules', 'action') === 'ALLOW' &&
    Object.keys(record(at(guard, 'typed_config', 'rules', 'policies'))).length === 0 &&
    at(guard, 'typed_config', 'matcher') === undefined;
  const routes = routesOf(manager).flatMap((route) => {
    const rbac = at(route, 'typed_per_filter_config', String(guard?.name), 'rbac');
    const who = principalsOf(rbac);
    const { to, users: may } = isTunnel(route)
      ? tunnelUsers(view, route)
      : { to: pathOf(route), users: usersOf(view, pathOf(route)) };
    const right = at(rbac, 'rules', 'action') === 'ALLOW' && who.length > 0 && who.every((w) => may.includes(w));
    return right ? [] : [`${to} is open for ${show(who)}, and declared for ${show(may)}`];
  });
  return [...(closed ? [] : ['a caller passes where no route says who may']), ...routes];
};

const listenerProblems = (view: View, bootstrap: Bootstrap): Problem[] =>
  listenersOf(bootstrap).flatMap(({ value, path }) => {
    const isBack = bootstrap.role === 'gateway' && addressOf(value).port === PORT.back;
    return chainsOf(value).flatMap((chain) => {
      const guard = isBack ? (managersOf(chain) ?? []).flatMap((m) => guardProblems(view, m)) : [];
      return [...tlsProblems(view, bootstrap, value, chain), ...forwarded(chain), ...guard].map((problem) => ({
        object: ownerOf(bootstrap),
        path,
        problem,
      }));
    });
  });

/** Ports that other pods may reach, and nothing else listens on. */
const portProblems = (bootstrap: Bootstrap): Problem[] => {
  const allowed = new Set<number>([
    PORT.https,
    PORT.health,
    PORT.metrics,
    ...(bootstrap.role === 'gateway' ? [PORT.back] : []),
  ]);
  return listenersOf(bootstrap)
    .filter(({ value }) => !addressOf(value).loopback && !allowed.has(addressOf(value).port))
    .map(({ value, path }) => ({ object: ownerOf(bootstrap), path, problem: `it listens on ${show(value.address)}` }));
};

export const rule: Rule = {
  id: 'callers-show-certificates',
  layer: 'identity',
  info: 'A door of the gateway or of a sidecar opens without the certificate of the one who may call, or for somebody else.',
  explanation:
    'the back door knows agents by certificate and token; a sidecar takes requests from the gateway alone, because those were decided',
  fix: 'mutual TLS with exactly the declared names, the authority of the environment, and RBAC per route',
  check: (view) => bootstraps(view).flatMap((b) => [...listenerProblems(view, b), ...portProblems(b)]),
};
