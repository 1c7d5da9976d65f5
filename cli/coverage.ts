import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { FirepitError } from '../lib/errors';
import { type BarReport, FOUNDATION_RULES, THREATS, type Threat } from '../lib/minimum-bar';
import type { AnySynthesis } from '../lib/synth/driver';
import { didYouMean } from '../lib/text';
import { coverageOf } from '../proof/coverage';
import { Subject } from '../proof/subject';

const proofSchema = z.object({
  version: z.literal(1),
  environment: z.string(),
  cluster: z.string(),
  started: z.string(),
  threats: z.array(
    z.object({ id: z.string(), state: z.enum(['proven', 'failed', 'unproven']), why: z.string().optional() }),
  ),
});
/** What coverage reads of a proof that `firepit prove --json` wrote. */
export type ReadProof = z.infer<typeof proofSchema>;

/** @throws FirepitError `usage` for a file that is no proof */
export function readProof(file: string): ReadProof {
  const refuse = (found: string): FirepitError =>
    new FirepitError(
      'usage',
      `${file}: ${found}\n  fix: give --proof a file that firepit prove <environment> --json <file> wrote`,
    );
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw refuse((error as Error).message);
  }
  try {
    return proofSchema.parse(JSON.parse(text));
  } catch (error) {
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
    throw refuse(issue === undefined ? 'it is no JSON' : `at ${issue.path.join('.') || '(root)'}: ${issue.message}`);
  }
}

/** @throws FirepitError `usage` for a proof of an environment that is not there, and for two of one */
export function checkProofs(proofs: readonly ReadProof[], environments: readonly string[]): void {
  for (const [i, { environment }] of proofs.entries()) {
    if (!environments.includes(environment))
      throw new FirepitError(
        'usage',
        `a proof is of the environment '${environment}', which no app declares\n  fix: ${didYouMean(environment, environments) ?? `prove one of ${environments.join(', ')}`}`,
      );
    if (proofs.findIndex((one) => one.environment === environment) !== i)
      throw new FirepitError('usage', `two proofs are of '${environment}'\n  fix: give --proof the newest one`);
  }
}

type RuleState = 'passed' | 'found' | 'suppressed' | 'not applicable' | 'of the foundation' | 'of environments';

const judgedElsewhere = ({ kind }: BarReport, rule: string): RuleState | undefined => {
  const ofFoundation = FOUNDATION_RULES.some(({ id }) => id === rule);
  if (kind === 'environment') return ofFoundation ? 'of the foundation' : undefined;
  return ofFoundation ? undefined : 'of environments';
};

const stateOf = ({ passed, notApplicable, suppressed }: BarReport, rule: string): RuleState =>
  passed.includes(rule)
    ? 'passed'
    : notApplicable.includes(rule)
      ? 'not applicable'
      : suppressed.some((finding) => finding.rule === rule)
        ? 'suppressed'
        : 'found';

/** One threat, and what stands against it in one environment. */
export interface Covered {
  readonly threat: string;
  readonly title: string;
  readonly rules: readonly { readonly id: string; readonly state: RuleState }[];
  /** What refuses it on a cluster. @default - nothing, by itself */
  readonly refusal?: string;
  /** What was shown on a cluster. @default - out of scope */
  readonly proof?: ReadProof['threats'][number]['state'];
  /** Why it is not proven, as the proof says. */
  readonly why?: string;
  /** What `firepit prove` tries for it. @default - out of scope */
  readonly cases?: readonly string[];
  readonly outOfScope?: string;
}

/** What `firepit prove` tries: nothing on a foundation, which it does not copy. */
const triedOn = (synthesis: AnySynthesis): ReturnType<typeof coverageOf> =>
  synthesis.kind === 'foundation'
    ? () => ({ cases: [], measured: false })
    : coverageOf([
        new Subject(
          synthesis.declaration,
          synthesis.objects.map(({ object }) => object),
        ),
      ]);

/** Threats of a foundation are those that a rule of its own is for. */
const threatsOf = ({ kind }: AnySynthesis): readonly Threat[] =>
  kind === 'environment'
    ? THREATS
    : THREATS.filter(({ rules }) => rules.some((rule) => FOUNDATION_RULES.some(({ id }) => id === rule)));

/** What stands against each threat in one environment, or one foundation. Proven is only what a proof says; everything else is unproven. */
export function coverage(synthesis: AnySynthesis, proof: ReadProof | undefined): readonly Covered[] {
  const { report } = synthesis;
  const tried = triedOn(synthesis);
  return threatsOf(synthesis).map(({ id, title, rules, refusal, outOfScope }) => {
    const shown = proof?.threats.find((row) => row.id === id);
    const { cases, measured } = tried(id);
    return {
      threat: id,
      title,
      rules: rules.map((rule) => ({ id: rule, state: judgedElsewhere(report, rule) ?? stateOf(report, rule) })),
      ...(refusal === undefined ? {} : { refusal }),
      ...(outOfScope === undefined
        ? {
            proof: shown?.state ?? 'unproven',
            ...(shown?.why === undefined ? {} : { why: shown.why }),
            cases: [...cases, ...(measured ? ['measured connections'] : [])],
          }
        : { outOfScope }),
    };
  });
}

const rowText = ({ threat, title, rules, refusal, outOfScope, proof, why, cases = [] }: Covered): string =>
  [
    `  ${proof ?? 'out of scope'}: ${threat}: ${title}`,
    ...(rules.length === 0
      ? []
      : [`    rules    ${rules.map(({ id, state }) => (state === 'passed' ? id : `${id} (${state})`)).join(', ')}`]),
    ...(refusal === undefined ? [] : [`    refusal  ${refusal}`]),
    outOfScope !== undefined
      ? `    because  ${outOfScope}`
      : `    proof    ${why ?? (cases.length === 0 ? 'nothing is tried' : `${proof === 'proven' ? '' : 'to try: '}${cases.join(', ')}`)}`,
  ].join('\n');

/** The same as text, with the sum first. */
export function coverageText(environment: string, rows: readonly Covered[], proof: ReadProof | undefined): string {
  const count = (state: string): number => rows.filter((row) => row.proof === state).length;
  const from =
    proof === undefined
      ? 'no proof was given: firepit prove writes one'
      : `proof of ${proof.started} on ${proof.cluster}`;
  return [
    `${environment}: of ${rows.filter(({ proof: state }) => state !== undefined).length} threats in scope ${count('proven')} proven, ${count('failed')} failed, ${count('unproven')} unproven (${from})`,
    ...rows.map(rowText),
  ].join('\n');
}
