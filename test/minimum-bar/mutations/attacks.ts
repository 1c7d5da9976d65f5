import { admissionAttacks } from './attacks-admission';
import { configurationAttacks } from './attacks-configuration';
import { dataPlaneAttacks } from './attacks-data-plane';
import { networkAttacks } from './attacks-network';
import { podAttacks } from './attacks-pods';
import { rightsAttacks } from './attacks-rights';
import type { Attack } from './edit';

/** An attack by its name, and whether the oracle can see what it does. */
export interface NamedAttack {
  readonly name: string;
  readonly attack: Attack;
  /** Why the oracle does not look there. @default - it does */
  readonly unseen?: string;
}

/** What people have done to such environments, or would: each opens a hole, and each must be refused. */
export const ATTACKS: readonly NamedAttack[] = [
  ...networkAttacks,
  ...podAttacks,
  ...admissionAttacks,
  ...rightsAttacks,
  ...dataPlaneAttacks,
  ...configurationAttacks,
];
