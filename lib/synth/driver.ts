import { ApiObject } from 'cdk8s';
import type { Construct, IConstruct } from 'constructs';
import type { EnvironmentDeclaration } from '../declaration';
import type { FoundationDeclaration } from '../declaration/foundation';
import { FirepitError } from '../errors';
import { type BarReport, checkBar, type Finding, formatReport } from '../minimum-bar';
import { checkFoundationBar } from '../minimum-bar/foundation';
import { checkObjects, hasShape, type ObjectFinding } from './check';
import { type Environment, type Foundation, isEnvironment, isFoundation, whileJudged } from './judging';
import type { Manifest } from './object';
import { inOrder, type Placed } from './order';
import { render } from './render';
import type { Tree } from './tree';

function theSubject(constructs: readonly IConstruct[]): Environment | Foundation {
  const [subject, second] = constructs.filter((one) => isEnvironment(one) || isFoundation(one));
  if (subject === undefined)
    throw new FirepitError(
      'app',
      'synth(): the app has no environment\n  fix: create one before: new AgentEnvironment(app, environment({ … }))',
    );
  if (second !== undefined)
    throw new FirepitError(
      'app',
      `synth(): one app holds two environments, '${subject.declaration.name}' and '${second.declaration.name}'\n  fix: give each an App of its own`,
    );
  return subject;
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

interface Judged {
  /** In the order in which they can be applied, each with the path of the construct that made it. */
  readonly objects: readonly (Placed & { readonly construct: string })[];
  /** What a reader of the output should know. */
  readonly notices: readonly string[];
  /** Findings about any object stand with those of the bar. */
  readonly report: BarReport;
}
/** The finished objects of an environment's app, judged: its constructs, the API server's limits, the minimum bar. */
export interface Synthesis extends Judged {
  readonly kind: 'environment';
  readonly declaration: EnvironmentDeclaration;
}
/** The same of a foundation. */
export interface FoundationSynthesis extends Judged {
  readonly kind: 'foundation';
  readonly declaration: FoundationDeclaration;
}
/** What an app is. */
export type AnySynthesis = Synthesis | FoundationSynthesis;

/** Judges objects in the place of those that an app made. */
export const judgedAs = (subject: AnySynthesis, objects: readonly Manifest[]): BarReport =>
  subject.kind === 'foundation'
    ? checkFoundationBar(subject.declaration, objects)
    : checkBar(subject.declaration, objects);

/**
 * Finishes and judges the objects of an app.
 * @throws FirepitError `app`
 */
export function synthesize(app: Construct): AnySynthesis {
  const constructs = app.node.findAll();
  const subject = theSubject(constructs);
  const own = whileJudged(subject, () => validate(constructs));
  const made = manifests(constructs);
  const objects = [...made.keys()];
  const bar = isFoundation(subject)
    ? checkFoundationBar(subject.declaration, objects)
    : checkBar(subject.declaration, objects);
  const limits = checkObjects(objects);
  const findings = [...bar.findings, ...([...limits, ...own] as object[] as Finding[])];
  // Without a shape an object has no place; the findings say so.
  const placed = findings.length === 0 ? inOrder(objects) : inOrder(objects.filter(hasShape));
  const judged: Judged = {
    notices: subject.notices,
    objects: placed.map((one) => ({ ...one, construct: made.get(one.object) ?? '' })),
    report: { ...bar, findings },
  };
  return isFoundation(subject)
    ? { kind: 'foundation', declaration: subject.declaration, ...judged }
    : { kind: 'environment', declaration: subject.declaration, ...judged };
}

/** The refusal of an environment with findings, or undefined. */
export const refusalOf = ({ report }: AnySynthesis): FirepitError | undefined =>
  report.findings.length === 0 ? undefined : new FirepitError('bar', formatReport(report), report.findings);

/**
 * The files of an environment.
 * @throws FirepitError `bar` with every finding
 */
export function filesOf(synthesis: AnySynthesis): Tree {
  const refusal = refusalOf(synthesis);
  if (refusal !== undefined) throw refusal;
  return render(synthesis.objects);
}
