import type { Rule } from '../types';
import { rule as agentsHaveOneNeighbour } from './agents-have-one-neighbour';
import { rule as containersAreConfined } from './containers-are-confined';
import { rule as denyByDefault } from './deny-by-default';
import { rule as imagesArePinned } from './images-are-pinned';
import { rule as namespacesAreRestricted } from './namespaces-are-restricted';
import { rule as podsShareNothing } from './pods-share-nothing';
import { rule as probesStayInside } from './probes-stay-inside';
import { rule as quarantineIsolates } from './quarantine-isolates';
import { rule as resourcesAreLimited } from './resources-are-limited';

/** Every rule of the minimum bar, by layer and id. */
export const RULES: readonly Rule[] = [
  imagesArePinned,
  agentsHaveOneNeighbour,
  containersAreConfined,
  denyByDefault,
  namespacesAreRestricted,
  podsShareNothing,
  probesStayInside,
  quarantineIsolates,
  resourcesAreLimited,
];
