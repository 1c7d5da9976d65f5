import { FOUNDATION_THREATS } from './threats/foundation';
import { IDENTITY_THREATS } from './threats/identity';
import { PEOPLE_AND_GUARD_THREATS } from './threats/people-and-guard';
import { RUNTIME_THREATS } from './threats/runtime';
import { SUPPLY_CHAIN_THREATS } from './threats/supply-chain';
import type { Threat } from './threats/threat';

export type { Threat } from './threats/threat';

/**
 * The one table of threats: the source of rules, refusals and proofs, whose cases name the threats they stand against
 * (proof/cases). A row is never removed; what became out of scope says why.
 */
export const THREATS: readonly Threat[] = [
  ...SUPPLY_CHAIN_THREATS,
  ...RUNTIME_THREATS,
  ...IDENTITY_THREATS,
  ...PEOPLE_AND_GUARD_THREATS,
  ...FOUNDATION_THREATS,
];
