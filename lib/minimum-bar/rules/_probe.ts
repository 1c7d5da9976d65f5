import { isRefused, refusals } from '../admission';
import type { AdmissionRequest } from '../match';
import type { ObjectView } from '../object-view';
import type { World } from '../parameters';
import { healthy } from '../probes';
import type { Manifest, Problem } from '../types';

export { healthy };

/** Something that admission must refuse. */
export interface Attack {
  readonly what: string;
  readonly request: AdmissionRequest;
  /** @default {@link healthy} */
  readonly world?: World;
}

/** A problem for each attack that no admission policy of the environment refuses. */
export const admitted = (view: ObjectView, object: Manifest | string, attacks: readonly Attack[]): Problem[] =>
  attacks
    .filter(({ request, world }) => !isRefused(view, request, world ?? healthy(view)))
    .map(({ what }) => ({ object, path: '', problem: `no admission policy refuses ${what}` }));

/** A problem for each legitimate request that a policy refuses. */
export const refused = (view: ObjectView, wishes: readonly Attack[]): Problem[] =>
  wishes.flatMap(({ what, request, world }) =>
    refusals(view, request, world ?? healthy(view)).map(({ policy }) => ({
      object: policy,
      path: 'spec',
      problem: `it refuses ${what}`,
    })),
  );
