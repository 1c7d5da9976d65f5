import { THREATS } from '../lib/minimum-bar';
import type { Control } from './case';
import type { Outcome } from './run';
import type { Result, State } from './verdict';

/** How many of each state. */
export type Counts = Readonly<Record<State, number>>;

/** One control: what it let pass, what it refused, and one thing that was seen of it. */
export interface ControlRow {
  readonly control: Control;
  readonly allowed: Counts;
  readonly refused: Counts;
  readonly state: State;
  readonly evidence: string;
}

/** One threat, and what of it was shown. */
export interface ThreatRow {
  readonly id: string;
  readonly title: string;
  readonly state: State;
  /** Cases that were tried for it. */
  readonly cases: readonly string[];
  /** Why it is not proven. */
  readonly why?: string;
}

/** What one run of `firepit prove` showed. Its shape is that of `--json`, stable within a minor version. */
export interface Proof extends Outcome {
  readonly version: 1;
  readonly environment: string;
  readonly copy: string;
  readonly cluster: string;
  readonly started: string;
  readonly state: State;
  readonly counts: Counts;
  readonly controls: readonly ControlRow[];
  readonly threats: readonly ThreatRow[];
}

const STATES: readonly State[] = ['failed', 'unproven', 'proven'];

export const countsOf = (results: readonly { readonly state: State }[]): Counts => ({
  proven: results.filter(({ state }) => state === 'proven').length,
  failed: results.filter(({ state }) => state === 'failed').length,
  unproven: results.filter(({ state }) => state === 'unproven').length,
});

/** The worst of all; nothing shown is unproven. */
export const worst = (results: readonly { readonly state: State }[]): State =>
  results.length === 0 ? 'unproven' : (STATES.find((state) => results.some((r) => r.state === state)) ?? 'unproven');

const row = (control: Control, results: readonly Result[]): ControlRow => {
  const state = worst(results);
  const shown =
    results.find((r) => r.state === state && r.expect === 'refused') ?? results.find((r) => r.state === state);
  return {
    control,
    allowed: countsOf(results.filter(({ expect }) => expect === 'allowed')),
    refused: countsOf(results.filter(({ expect }) => expect === 'refused')),
    state,
    evidence: shown === undefined ? '' : `${shown.id}: ${shown.evidence || shown.why || ''}`,
  };
};

/** The results by control, in the order of their names. */
export function controlsOf(results: readonly Result[]): ControlRow[] {
  const controls = [...new Set(results.map(({ control }) => control))].sort();
  return controls.map((control) =>
    row(
      control,
      results.filter((r) => r.control === control),
    ),
  );
}

/** Every threat in scope: one that no case of the run stands against is unproven. */
export function threatsOf(results: readonly Result[]): ThreatRow[] {
  return THREATS.filter(({ outOfScope }) => outOfScope === undefined).map(({ id, title, refusal }) => {
    const own = results.filter(({ threats }) => threats.includes(id));
    const state = worst(own);
    const why =
      own.length === 0
        ? `no case of this command shows it${refusal === undefined ? '' : `; what stands against it: ${refusal}`}`
        : own.find((r) => r.state === state)?.why;
    return {
      id,
      title,
      state,
      cases: [...new Set(own.map((r) => r.id))],
      ...(state === 'proven' || why === undefined ? {} : { why }),
    };
  });
}

/** What the run says as a whole: proven is only what is proven throughout. */
export function proofOf(about: Pick<Proof, 'environment' | 'copy' | 'cluster' | 'started'>, outcome: Outcome): Proof {
  const threats = threatsOf(outcome.results);
  const state = worst([
    ...outcome.results,
    ...threats,
    ...(outcome.interrupted || outcome.left.length > 0 ? [{ state: 'unproven' as const }] : []),
  ]);
  return {
    version: 1,
    ...about,
    state,
    counts: countsOf(outcome.results),
    controls: controlsOf(outcome.results),
    threats,
    ...outcome,
  };
}
