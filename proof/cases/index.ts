import type { Case, Family } from '../case';
import type { Subject } from '../subject';
import { agentPods } from './agent-pods';
import { agentSurroundings } from './agent-surroundings';
import { asks } from './asks';
import { containment } from './containment';
import { controlPods } from './control-pods';
import { controls } from './controls';
import { credentials } from './credentials';
import { podSecurity } from './pod-security';
import { rights } from './rights';
import { runningPods } from './running-pods';
import { signatures } from './signatures';
import { valid } from './valid';

const FAMILIES: readonly Family[] = [
  asks,
  agentPods,
  agentSurroundings,
  podSecurity,
  controlPods,
  runningPods,
  signatures,
  containment,
  credentials,
  controls,
  rights,
  valid,
];

/** Everything that must be refused, and everything that must not, for one environment. */
export const casesOf = (subject: Subject): readonly Case[] => FAMILIES.flatMap((family) => family(subject));
