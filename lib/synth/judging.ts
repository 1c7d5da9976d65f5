import { Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type { EnvironmentDeclaration } from '../declaration';
import type { FoundationDeclaration } from '../declaration/foundation';

/** What drivers need of an AgentEnvironment, whichever copy of the package made it. */
export interface Environment extends IConstruct {
  readonly declaration: EnvironmentDeclaration;
  readonly notices: readonly string[];
}
/** The same of a ClusterFoundation. */
export interface Foundation extends IConstruct {
  readonly declaration: FoundationDeclaration;
  readonly notices: readonly string[];
}

/** By its parts: `instanceof` says yes to every Chart. */
const isDeclared = (construct: IConstruct): construct is Environment | Foundation =>
  Chart.isChart(construct) && 'declaration' in construct && 'check' in construct;

export const isFoundation = (construct: IConstruct): construct is Foundation =>
  isDeclared(construct) && 'falco' in construct.declaration;
export const isEnvironment = (construct: IConstruct): construct is Environment =>
  isDeclared(construct) && !isFoundation(construct);

const judged = new WeakSet<object>();

/**
 * Whether the driver is judging this environment right now, together with everything else in its app, so that the
 * environment's own validation need not do the same again.
 */
export const isJudged = (environment: object): boolean => judged.has(environment);

/** Runs `action` while {@link isJudged} holds of the environment. */
export function whileJudged<T>(environment: object, action: () => T): T {
  judged.add(environment);
  try {
    return action();
  } finally {
    judged.delete(environment);
  }
}
