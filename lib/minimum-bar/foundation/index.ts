import type { FoundationDeclaration } from '../../declaration/foundation';
import { type BarReport, judgeBy } from '../bar';
import { rule as admissionFailsClosed } from '../rules/admission-fails-closed';
import { rule as imagesArePinned } from '../rules/images-are-pinned';
import type { Manifest, Rule } from '../types';
import { rule as alertsReachTheWardens } from './alerts-reach-the-wardens';
import { rule as catchAllIsInForce } from './catch-all-is-in-force';
import { rule as detectorIsConfined } from './detector-is-confined';
import { rule as detectorStandsAlone } from './detector-stands-alone';
import { rule as foundationIsAsDeclared } from './foundation-is-as-declared';
import { rule as foundationIsLocked } from './foundation-is-locked';
import { rule as foundationStaysHome } from './foundation-stays-home';
import { FoundationView } from './view';

/** The rules that a foundation has of its own. */
export const FOUNDATION_RULES: readonly Rule<FoundationView>[] = [
  alertsReachTheWardens,
  catchAllIsInForce,
  detectorIsConfined,
  detectorStandsAlone,
  foundationIsAsDeclared,
  foundationIsLocked,
  foundationStaysHome,
];

/** Every rule that judges a foundation: its own, and those of environments that are about it too. */
export const FOUNDATION_BAR: readonly Rule<FoundationView>[] = [
  ...FOUNDATION_RULES,
  admissionFailsClosed,
  imagesArePinned,
];

/** Judges the finished objects of a foundation. @param rules @default - every rule that is about it */
export function checkFoundationBar(
  declaration: FoundationDeclaration,
  objects: readonly Manifest[],
  now: Date = new Date(),
  rules: readonly Rule<FoundationView>[] = FOUNDATION_BAR,
): BarReport {
  const { name, suppressions = [] } = declaration;
  return judgeBy({ kind: 'foundation', name, suppressions }, new FoundationView(declaration, objects, now), rules);
}
