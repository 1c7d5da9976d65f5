/** The minimum bar: what every finished environment must satisfy before it is written. */
export { type BarReport, checkBar, type Judged } from './bar';
export { formatReport } from './format';
export { FOUNDATION_RULES } from './foundation';
export { RULES } from './rules';
export { SUPPRESSION_RULE } from './suppress';
export { THREATS, type Threat } from './threats';
export {
  type Finding,
  LAYERS,
  type Layer,
  type Manifest,
  NOT_APPLICABLE,
  type Rule,
  type SuppressedFinding,
} from './types';
