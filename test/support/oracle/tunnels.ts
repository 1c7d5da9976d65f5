import type { Facts } from './facts';
import { at, type Obj, objs } from './plain';

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
