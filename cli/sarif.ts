import type { Location, Log, ReportingDescriptor, Result } from 'sarif';
import { EXIT_CODES } from '../lib/errors';
import { type BarReport, type Finding, FOUNDATION_RULES, RULES, type SuppressedFinding } from '../lib/minimum-bar';
import type { Failure } from './report';

/** One environment as `check` judged it. */
export interface Judged {
  /** The app file, as messages name it. */
  readonly app: string;
  readonly report: BarReport;
}

const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

/** Rules of the bar, and the table of exit codes for what fails before a rule is asked. */
const descriptors = (used: ReadonlySet<string>): ReportingDescriptor[] => [
  ...[...RULES, ...FOUNDATION_RULES].map(({ id, info, explanation, fix, layer }) => ({
    id,
    shortDescription: { text: sentence(info) },
    fullDescription: { text: sentence(explanation) },
    help: { text: sentence(fix) },
    properties: { tags: ['security', layer] },
  })),
  ...[...used]
    .filter((id) => ![...RULES, ...FOUNDATION_RULES].some((rule) => rule.id === id))
    .map((id) => ({
      id,
      shortDescription: { text: sentence(id in EXIT_CODES ? EXIT_CODES[id as keyof typeof EXIT_CODES].meaning : id) },
    })),
];

const locations = (app: string, object?: string): Location[] => [
  {
    physicalLocation: { artifactLocation: { uri: app.replaceAll('\\', '/') }, region: { startLine: 1 } },
    ...(object === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: object, kind: 'resource' }] }),
  },
];

const resultOf = (app: string, environment: string, finding: Finding): Result => {
  const { rule, object, path, problem, fix } = finding;
  return {
    ruleId: rule,
    level: 'error',
    message: { text: `${environment}: ${object}${path === '' ? '' : ` ${path}`}: ${problem}. Fix: ${fix}` },
    locations: locations(app, object),
    // The same finding keeps its identity when the app file changes around it.
    partialFingerprints: { 'firepit/finding': [environment, rule, object, path].join(' ') },
  };
};

const suppressedOf = (app: string, environment: string, finding: SuppressedFinding): Result => ({
  ...resultOf(app, environment, finding),
  suppressions: [{ kind: 'inSource', justification: `${finding.reason} (${finding.owner}, until ${finding.expires})` }],
});

/**
 * What `check` found in the Static Analysis Results Interchange Format 2.1.0 (OASIS), for code-scanning services. The
 * place of a finding is the app that makes the object: the object itself is no file yet.
 */
export function sarif(judged: readonly Judged[], failures: readonly Failure[], version: string): Log {
  const results = [
    ...judged.flatMap(({ app, report: { environment, findings, suppressed } }) => [
      ...findings.map((f) => resultOf(app, environment, f)),
      ...suppressed.map((f) => suppressedOf(app, environment, f)),
    ]),
    // Findings of the bar stand above already.
    ...failures
      .filter(({ exit }) => exit !== 'bar')
      .map(
        ({ exit, app = 'apps', message }): Result => ({
          ruleId: exit,
          level: 'error',
          message: { text: message },
          locations: locations(app),
        }),
      ),
  ];
  const rules = descriptors(new Set(results.map(({ ruleId = '' }) => ruleId)));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'firepit', semanticVersion: version, rules } },
        results: results.map((r) => ({ ...r, ruleIndex: rules.findIndex(({ id }) => id === r.ruleId) })),
      },
    ],
  };
}
