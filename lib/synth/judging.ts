import { ApiObject, Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type { EnvironmentDeclaration } from '../declaration';
import type { FoundationDeclaration } from '../declaration/foundation';
import type { BarReport, Manifest } from '../minimum-bar';
import { formatReport } from '../minimum-bar/format';

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

/** The finished objects among constructs, patches included. */
export const finished = (constructs: readonly IConstruct[]): Manifest[] =>
  constructs.filter(ApiObject.isApiObject).map((object) => object.toJson() as Manifest);

/**
 * Whichever App holds it, what is below the bar is refused by its own validation; but not while our driver judges it
 * together with everything else in its app.
 */
export const refuseBelowBar = (chart: Chart & { check(): BarReport }): void =>
  chart.node.addValidation({
    validate: () => {
      if (judged.has(chart)) return [];
      const report = chart.check();
      return report.findings.length === 0 ? [] : [formatReport(report)];
    },
  });

/** Runs `action` while the environment's own validation says nothing: it is judged with all the rest. */
export function whileJudged<T>(environment: object, action: () => T): T {
  judged.add(environment);
  try {
    return action();
  } finally {
    judged.delete(environment);
  }
}
