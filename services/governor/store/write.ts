import { hash, randomUUID } from 'node:crypto';
import type { DecisionEntry, EventEntry, OutcomeEntry } from '../../../contract';
import { canonical, runSequence, type Sealed, type Step, seal, type Written, written } from '../../state';
import type { Claim } from '../explain';
import type { Change, Seen } from '../manifest';
import { type Decision, isJudgedBy, type Outcome, type Person } from '../record';
import type { Needs } from './needs';

/** Who records, and for whom. */
export interface Scribe {
  readonly environment: string;
  readonly replica: string;
  readonly needs: Needs;
}

const SHORT = 512;
const LONG = 2048;
const MANY = 256;
const NOTHING = `sha256:${hash('sha256', '')}`;

/** What strangers wrote is recorded as far as it fits, so that nobody stays off the record by writing too much. */
const clipped = (text: string, length: number): string => {
  const whole = text.replace(/\p{Surrogate}/gu, '\ufffd');
  return whole.length <= length ? whole : `${whole.slice(0, length - 1).replace(/\p{Surrogate}$/u, '')}…`;
};
const listed = (texts: readonly string[]): string[] => texts.slice(0, MANY).map((text) => clipped(text, SHORT));
const given = <K extends string, V>(key: K, value: V | undefined): { readonly [key in K]?: V } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [key in K]?: V };

/** The name of everything that an agent did, in any run. */
export const agentSequence = (environment: string, agent: string): string => `agent:${environment}/${agent}`;
/** The sequence that a call is judged in. @param wide a rule looked further than the run */
export const judgedSequence = (environment: string, agent: string, run: string | undefined, wide: boolean): string =>
  run === undefined || wide ? agentSequence(environment, agent) : runSequence(run);

const timeOf = (at: number): string => new Date(at).toISOString();
const recorderOf = ({ replica }: Scribe) => ({ part: 'governor' as const, replica: clipped(replica, SHORT) });
const common = (scribe: Scribe, id: string, at: number) => ({
  version: 1 as const,
  id,
  time: timeOf(at),
  environment: scribe.environment,
  recorder: recorderOf(scribe),
});

const whoOf = ({
  agent,
  user,
  run,
}: {
  agent: string | undefined;
  user: Person | undefined;
  run: string | undefined;
}) => ({
  ...given('agent', agent),
  ...given('run', run),
  ...given('user', user === undefined ? undefined : { issuer: user.issuer, subject: user.subject }),
});

const sealed = (text: string | undefined): Sealed | undefined => (text === undefined ? undefined : seal(text));
const present = (bodies: readonly (Sealed | undefined)[]): Sealed[] => bodies.filter((body) => body !== undefined);

/** The model turn that asked for a call: its decision, and which of its tool-use blocks. */
function askedBy({ claim, head }: Decision): Pick<DecisionEntry['why'], 'askedBy' | 'block'> {
  if (claim === undefined) return head === undefined ? {} : { askedBy: null };
  const [turn = '', block] = claim.id.split('.');
  return { askedBy: turn, block: Number(block) };
}

const steps = (
  { environment }: Scribe,
  { agent, run, at }: { readonly agent: string; readonly run: string | undefined; readonly at: number },
  more: Pick<Step, 'taint' | 'body'>,
): Step[] =>
  [...(run === undefined ? [] : [runSequence(run)]), agentSequence(environment, agent)].map((sequence) => ({
    sequence,
    at,
    ...more,
  }));

/** What an allowed call adds to its sequences, and what must still be so for it. */
function binding(
  scribe: Scribe,
  { agent = '', run, at, event, head, wide }: Decision,
  args: Sealed | undefined,
): Pick<Written, 'steps' | 'condition'> {
  const judged =
    head === undefined ? {} : { judged: { sequence: judgedSequence(scribe.environment, agent, run, wide), head } };
  if (event === undefined) return { condition: judged };
  const needed = scribe.needs.arguments(event.operation).length > 0;
  const body = given('body', needed ? args?.commitment : undefined);
  return { condition: judged, steps: steps(scribe, { agent, run, at }, { taint: event.returns, ...body }) };
}

/** A decision as an entry. What lets a call through holds only while what it was judged on is so. */
export function decisionWritten(scribe: Scribe, decision: Decision): Written {
  const { id, at, event, head, operation, effect } = decision;
  const args = sealed(
    event === undefined || Object.keys(event.arguments).length === 0 ? undefined : canonical(event.arguments),
  );
  // Arguments are what their body says; a second commitment to it would prove nothing more.
  const body = sealed(args !== undefined || decision.bodyDigest === NOTHING ? undefined : decision.bodyDigest);
  // It names the arguments: whoever erases them must be able to forget it too.
  const proposal = sealed(decision.proposal);
  // Keys stand in the order of canonical JSON, here and below: see `canonical`.
  const entry: DecisionEntry = {
    environment: scribe.environment,
    how: {
      guard: listed(decision.guard),
      microseconds: decision.microseconds,
      protocol: decision.protocol,
      ...given('toolManifest', decision.toolManifest),
      ...given('trace', decision.trace),
    },
    id,
    kind: 'decision',
    recorder: recorderOf(scribe),
    time: timeOf(at),
    version: 1,
    what: {
      ...given('arguments', args?.commitment),
      ...given('body', body?.commitment),
      ...given('effect', operation?.effect),
      ...given('model', decision.model === undefined ? undefined : clipped(decision.model, SHORT)),
      operation: clipped(decision.action ?? 'unreadable', SHORT),
      ...given('reach', operation?.reach),
      ...given('returns', event === undefined ? undefined : [...event.returns]),
    },
    where: {
      direction: decision.door,
      method: clipped(decision.method, SHORT),
      path: clipped(decision.path, LONG),
      ...given('upstream', decision.upstream === undefined ? undefined : clipped(decision.upstream, SHORT)),
    },
    who: whoOf(decision),
    why: {
      ...given('approval', decision.approval),
      ...askedBy(decision),
      code: decision.code ?? 'allowed',
      effect,
      facts: listed(decision.facts),
      policies: listed(decision.because),
      policyDigest: decision.policyDigest,
      ...given('proposal', proposal?.commitment),
      reason: clipped(decision.reason, LONG),
      ...(decision.wide ? { sequence: 'agent' as const } : {}),
      ...given('sequenceHead', head === undefined || head === '' ? undefined : `sha256:${head}`),
    },
  };
  return written(entry, present([args, body, proposal]), effect === 'allow' ? binding(scribe, decision, args) : {});
}

const wishes = (claims: readonly Claim[]): string | undefined =>
  claims.length === 0 ? undefined : canonical(claims.map(({ name, digest }) => ({ name, digest })));

/** The one id that the outcome of a decision can have (UUID version 8, RFC 9562): another outcome of it is refused. */
const outcomeId = (decision: string): string => {
  const hex = hash('sha256', `outcome ${decision}`);
  const variant = '89ab'[Number.parseInt(hex[15] ?? '', 16) % 4];
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(12, 15)}`,
    `${variant}${hex.slice(16, 19)}`,
    hex.slice(19, 31),
  ].join('-');
};

/** An outcome as an entry. It is recorded whatever is true: the call was made. */
export function outcomeWritten(scribe: Scribe, outcome: Outcome): Written {
  const { at, decision, event, phase, status } = outcome;
  const claims = sealed(wishes(outcome.claims));
  const result = sealed(outcome.bodyDigest === NOTHING ? undefined : outcome.bodyDigest);
  const entry: OutcomeEntry = {
    decision,
    environment: scribe.environment,
    how: { guard: listed(outcome.guard), ...given('tunnel', outcome.tunnel) },
    id: outcomeId(decision),
    kind: 'outcome',
    recorder: recorderOf(scribe),
    time: timeOf(at),
    version: 1,
    what: {
      ...given('claims', claims?.commitment),
      ...given('operation', event?.operation),
      ...given('reach', event?.reach),
      ...given('result', result?.commitment),
      status,
      taint: [...(event?.returns ?? [])],
      withheld: outcome.withheld,
    },
    who: whoOf(outcome),
    why: {
      code: phase === 'response' ? 'answered' : (outcome.code ?? 'failed'),
      facts: [],
      reason: clipped(outcome.reason, LONG),
    },
  };
  return written(entry, present([claims, result]), {
    steps: isJudgedBy(outcome) ? steps(scribe, outcome, { taint: [], ...given('body', claims?.commitment) }) : [],
  });
}

/** What happened to a run, as an entry. */
export function runWritten(
  scribe: Scribe,
  event: 'opened' | 'paused' | 'resumed' | 'stopped',
  run: { readonly id: string; readonly agent: string },
  by: Person,
  at: number,
  reason: string,
): Written {
  const entry: EventEntry = {
    ...common(scribe, randomUUID(), at),
    kind: 'event',
    who: whoOf({ agent: run.agent, user: by, run: run.id }),
    what: { event: `run.${event}`, subject: run.id },
    why: { reason: clipped(reason, LONG), facts: [] },
  };
  return written(entry);
}

/** What a server shows of an operation from now on, as an entry. */
export function toolWritten(
  scribe: Scribe,
  { operation, digest, before, pinned }: Change,
  { agent, decision, at }: Seen,
): Written {
  const wrong = pinned !== undefined && pinned !== digest;
  const entry: EventEntry = {
    ...common(scribe, randomUUID(), at),
    kind: 'event',
    decision,
    who: { agent },
    what: { event: before === undefined ? 'tool.shown' : 'tool.changed', subject: clipped(operation, LONG) },
    why: {
      reason: wrong
        ? 'the server shows another definition than the pinned one: nobody sees it, and nobody calls it'
        : `the server shows ${before === undefined ? 'its definition for the first time' : 'another definition than before'}`,
      facts: [
        `found:${digest}`,
        ...(before === undefined ? [] : [`before:${before}`]),
        ...(pinned === undefined ? [] : [`pinned:${pinned}`]),
      ],
    },
  };
  return written(entry);
}
