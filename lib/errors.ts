/**
 * Every way Firepit refuses, with the exit code of the `firepit` command that reports it.
 * This is the one table; docs/reference/errors.md is generated from it.
 */
export const EXIT_CODES = {
  ok: { code: 0, meaning: 'everything asked for was done' },
  internal: { code: 1, meaning: 'a defect in Firepit itself; please report it' },
  usage: { code: 2, meaning: 'the command line was not understood' },
  declaration: { code: 3, meaning: 'a declaration is invalid; nothing was written' },
  bar: { code: 4, meaning: 'an environment is below the minimum bar; nothing was written' },
  app: { code: 5, meaning: 'an app threw, defined no environment or forgot synth(); nothing was written' },
  types: { code: 6, meaning: 'the type check found errors; nothing was written' },
  output: { code: 7, meaning: 'the output could not be written; the previous output is untouched' },
  cluster: { code: 8, meaning: 'the cluster could not be asked; nothing was changed there' },
  failed: { code: 9, meaning: 'a proof or a check failed, or a log is not what was signed' },
  unproven: { code: 10, meaning: 'nothing failed, and something could not be proven or checked' },
  missing: { code: 11, meaning: 'a program that the command needs is not installed; nothing was started' },
} as const;

export type ExitName = keyof typeof EXIT_CODES;

/**
 * An expected refusal. `message` is complete for a reader; `stack` is the message, because where in Firepit
 * a bad input was noticed helps nobody.
 */
export class FirepitError extends Error {
  constructor(
    /** Row of {@link EXIT_CODES}. */
    readonly exit: ExitName,
    message: string,
    /** The findings behind the message, for `--json`. */
    readonly findings: readonly object[] = [],
  ) {
    super(message);
    this.name = 'FirepitError';
    this.stack = `${this.name}: ${message}`;
  }
}

/** One thing that is wrong with a declaration. */
export interface DeclarationFinding {
  /** Where, in the declaration: `agents.triage.image`. */
  readonly path: string;
  /** What stands there, shortened, secrets hidden. */
  readonly found: string;
  /** What should stand there. */
  readonly expected: string;
  /** What to do about it. */
  readonly fix: string;
}

/** Findings that a message prints; all of them are in `findings`. */
const SHOWN = 100;

/** A declaration that breaks its schema or refers to what is not there. Lists every finding. */
export class DeclarationError extends FirepitError {
  constructor(subject: string, findings: readonly DeclarationFinding[]) {
    super(
      'declaration',
      [
        `${subject}: ${findings.length} ${findings.length === 1 ? 'problem' : 'problems'} in the declaration`,
        ...findings
          .slice(0, SHOWN)
          .map(
            (f) =>
              `  ${f.path || '(root)'}\n    found:    ${f.found}\n    expected: ${f.expected}\n    fix:      ${f.fix}`,
          ),
        ...(findings.length > SHOWN ? [`  and ${findings.length - SHOWN} more`] : []),
      ].join('\n'),
      findings,
    );
    this.name = 'DeclarationError';
    this.stack = `${this.name}: ${this.message}`;
  }
}
