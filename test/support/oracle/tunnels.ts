import type { Facts } from './facts';
import { at, type Obj, obj, objs } from './plain';

/** Whether a route makes tunnels, or could. */
export const isTunnel = (route: Obj): boolean =>
  at(route, 'match', 'connect_matcher') !== undefined || at(route, 'route', 'upgrade_configs') !== undefined;

/** The opaque host that was declared at what a route takes a CONNECT for, where the route leads to it. */
export const tunnelAt = (route: Obj, facts: Facts): Facts['tunnels'][number] | undefined => {
  const asked = objs(at(route, 'match', 'headers')).find(({ name }) => name === ':authority');
  const kinds = objs(at(route, 'route', 'upgrade_configs')).map(({ upgrade_type }) => upgrade_type);
  return facts.tunnels.find(
    ({ target, cluster }) =>
      at(route, 'match', 'connect_matcher') !== undefined &&
      at(asked, 'string_match', 'exact') === target &&
      asked?.invert_match !== true &&
      at(route, 'route', 'cluster') === cluster &&
      kinds.every((kind) => kind === 'CONNECT'),
  );
};

/** A tunnel has no end to wait for: it is seen piece by piece, both ways, and that is all that its route may change. */
export const seenInPieces = (route: Obj, facts: Facts): boolean => {
  const config = obj(at(route, 'typed_per_filter_config', 'envoy.filters.http.ext_proc'));
  const mode = obj(at(config, 'overrides', 'processing_mode'));
  return (
    tunnelAt(route, facts) !== undefined &&
    Object.keys(config).sort().join() === '@type,overrides' &&
    Object.keys(obj(config.overrides)).join() === 'processing_mode' &&
    [mode.request_header_mode, mode.response_header_mode].every((m) => (m ?? 'SEND') === 'SEND') &&
    [mode.request_body_mode, mode.response_body_mode].every((m) => m === 'STREAMED')
  );
};
