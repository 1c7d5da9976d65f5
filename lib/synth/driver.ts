import { ApiObject } from 'cdk8s';
import type { Construct, IConstruct } from 'constructs';
import type { EnvironmentDeclaration } from '../declaration';
import { FirepitError } from '../errors';
import { type BarReport, checkBar, type Finding, formatReport } from '../minimum-bar';
import { checkObjects, hasShape, type ObjectFinding } from './check';
import { type Environment, isEnvironment, whileJudged } from './judging';
import type { Manifest } from './object';
import { inOrder, type Placed } from './order';
import { render } from './render';
import type { Tree } from './tree';

function theEnvironment(constructs: readonly IConstruct[]): Environment {
  const [environment, second] = constructs.filter(isEnvironment);
  if (environment === undefined)
    throw new FirepitError(
      'app',
      'synth(): the app has no environment\n  fix: create one before: new AgentEnvironment(app, environment({ … }))',
    );
  if (second !== undefined)
    throw new FirepitError(
      'app',
      `synth(): one app holds two environments, '${environment.declaration.name}' and '${second.declaration.name}'\n  fix: give each an App of its own`,
    );
  return environment;
}

/** What constructs say of themselves through `node.addValidation`, each asked once. */
function validate(constructs: readonly IConstruct[]): ObjectFinding[] {
  return constructs.flatMap((construct) =>
    construct.node.validate().map((problem) => ({
      rule: 'construct',
      layer: 'objects' as const,
      object: `construct ${construct.node.path || '(app)'}`,
      path: '',
      problem,
      why: 'a construct of the app refuses to be synthesized',
      fix: 'correct what it names',
    })),
  );
}

/** The finished objects, each with the path of its construct. */
function manifests(constructs: readonly IConstruct[]): Map<Manifest, string> {
  const finish = (object: ApiObject): Manifest => {
    try {
      return object.toJson() as Manifest;
    } catch (error) {
      throw new FirepitError(
        'app',
        `synth(): ${error instanceof Error ? error.message : String(error)}\n  fix: correct the construct or the JSON patch on it`,
      );
    }
  };
  return new Map(constructs.filter(ApiObject.isApiObject).map((object) => [finish(object), object.node.path]));
}

/** The finished objects of an app, judged by everything: its constructs, the API server's limits, the minimum bar. */
export interface Synthesis {
  readonly declaration: EnvironmentDeclaration;
  /** In the order in which they can be applied, each with the path of the construct that made it. */
  readonly objects: readonly (Placed & { readonly construct: string })[];
  /** What a reader of the output should know. */
  readonly notices: readonly string[];
  /** Findings about any object stand with those of the bar. */
  readonly report: BarReport;
}

/**
 * Finishes and judges the objects of an app.
 * @throws FirepitError `app`
 */
export function synthesize(app: Construct): Synthesis {
  const constructs = app.node.findAll();
  const environment = theEnvironment(constructs);
  const { declaration } = environment;
  const own = whileJudged(environment, () => validate(constructs));
  const made = manifests(constructs);
  const objects = [...made.keys()];
  const bar = checkBar(declaration, objects);
  const limits = checkObjects(objects);
  const findings = [...bar.findings, ...([...limits, ...own] as object[] as Finding[])];
  // Without a shape an object has no place; the findings say so.
  const placed = findings.length === 0 ? inOrder(objects) : inOrder(objects.filter(hasShape));
  const placedBy = placed.map((one) => ({ ...one, construct: made.get(one.object) ?? '' }));
  return { declaration, notices: environment.notices, objects: placedBy, report: { ...bar, findings } };
}

/** The refusal of an environment with findings, or undefined. */
export const refusalOf = ({ report }: Synthesis): FirepitError | undefined =>
  report.findings.length === 0 ? undefined : new FirepitError('bar', formatReport(report), report.findings);

/**
 * The files of an environment.
 * @throws FirepitError `bar` with every finding
 */
export function filesOf(synthesis: Synthesis): Tree {
  const refusal = refusalOf(synthesis);
  if (refusal !== undefined) throw refusal;
  return render(synthesis.objects);
}
