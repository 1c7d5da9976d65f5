import { NEVER, parseCidr } from '../../declaration/cidr';
import { within } from '../cidrs';
import { bootstraps, clustersOf, endpointsOf, ownerOf, typeOf, upstreamFilters } from '../envoy';
import type { Problem, Rule } from '../types';
import { declaredUpstreams, type Upstream } from '../upstreams';
import { at, type Data, isData, record, records } from '../values';
import type { View } from '../view';

/** Whether an RBAC permission lets an address through, as Envoy evaluates it; what cannot be read lets it through. */
const permits = (permission: Data, address: string): boolean => {
  if (isData(permission.and_rules)) return records(permission.and_rules.rules).every((r) => permits(r, address));
  if (isData(permission.or_rules)) return records(permission.or_rules.rules).some((r) => permits(r, address));
  if (isData(permission.not_rule)) return !permits(permission.not_rule, address);
  const range = at(permission, 'matcher', 'typed_config', 'upstream_ip');
  if (range === undefined) return true;
  const bits = address.includes(':') ? 128 : 32;
  return within(`${address}/${bits}`, `${at(range, 'address_prefix')}/${at(range, 'prefix_len')}`);
};

/** Whether the filters of a cluster let it connect to an address. */
const connects = (cluster: Data, address: string): boolean => {
  const guards = upstreamFilters(cluster).filter((f) => typeOf(f) === 'RBAC' && f.disabled !== true);
  if (guards.length === 0) return true;
  return guards.every((guard) => {
    const rules = record(at(guard, 'typed_config', 'rules'));
    const matched = Object.values(record(rules.policies)).some((p) =>
      records(at(p, 'permissions')).some((r) => permits(r, address)),
    );
    return (rules.action === undefined || rules.action === 'ALLOW') === matched;
  });
};

const first = (cidr: string): string => parseCidr(cidr)?.address ?? cidr;

/** Addresses that a cluster must refuse, whatever a name server says. */
const forbidden = (view: View, upstream: Upstream): readonly string[] => {
  const { platform } = view.declaration;
  // IPv4 addresses written as IPv6 never stand on the wire.
  const always = NEVER.map(first).filter((a) => !a.startsWith('::ffff:'));
  if (upstream.at?.kind === 'private')
    return [...always, '192.0.2.1', '203.0.113.1', '2001:db8::1'].filter((a) => !inside(upstream, a));
  if (upstream.at?.kind === 'inCluster')
    return [...always, ...platform.nodes.map(first), '203.0.113.1'].filter(
      (a) => ![...platform.pods, ...platform.services].some((r) => within(`${a}/${a.includes(':') ? 128 : 32}`, r)),
    );
  return [
    ...always,
    '10.0.0.1',
    '172.16.0.1',
    '192.168.0.1',
    '100.64.0.1',
    'fc00::1',
    ...[...platform.pods, ...platform.services, ...platform.nodes].map(first),
  ];
};

const inside = ({ at: endpoint }: Upstream, address: string): boolean =>
  endpoint?.kind === 'private' &&
  endpoint.cidrs.some((c) => within(`${address}/${address.includes(':') ? 128 : 32}`, c));

const problemsOf = (view: View): Problem[] =>
  bootstraps(view)
    .filter(({ role }) => role === 'gateway')
    .flatMap((bootstrap) =>
      clustersOf(bootstrap).flatMap(({ value, path }) => {
        const [address] = endpointsOf(value);
        const upstream = declaredUpstreams(view).find(
          (u) =>
            u.host === at(address, 'socket_address', 'address') &&
            u.port === at(address, 'socket_address', 'port_value'),
        );
        if (upstream === undefined) return [];
        const open = forbidden(view, upstream).filter((a) => connects(value, a));
        return open.length === 0
          ? []
          : [
              {
                object: ownerOf(bootstrap),
                path,
                problem: `when a name server says so, it connects to ${open.slice(0, 4).join(', ')}`,
              },
            ];
      }),
    );

export const rule: Rule = {
  id: 'addresses-are-checked-again',
  layer: 'guard',
  info: 'The gateway connects to whatever address a name server gives for a declared upstream.',
  explanation:
    'names are not addresses: whoever answers for a name can point it at a metadata service or at the cluster itself, with the credential of the upstream',
  fix: 'leave the address filter on the cluster of each upstream, with the ranges of the declaration',
  check: problemsOf,
};
