import { digestOf, digestOfBytes } from './canonical';
import type { Configuration } from './configuration';
import type { Caller } from './context';
import type { Denial } from './denial';
import type { Claim } from './explain';
import type { Call, HttpRequest, Protocol } from './parse/request';
import type { Decision } from './record';
import type { Event } from './sequence/event';
import type { Facts } from './sequence/judge';
import { traceOf } from './trace';

/** What the steps found out about a call. */
export interface Judged {
  /** Ids of the policies that determined the result. */
  readonly because: readonly string[];
  /** What the sequence says; undefined where none was judged. */
  readonly sequence?: Facts | undefined;
  readonly claim?: Claim | undefined;
  readonly event?: Event | undefined;
  readonly head?: string | undefined;
  readonly wide?: boolean;
  readonly toolManifest?: string | undefined;
  /** Digest of what people were asked, and the id of their yes. */
  readonly proposal?: string | undefined;
  readonly approval?: string | undefined;
  /** The no, where it is one. */
  readonly denial?: Denial | undefined;
}

/** A request, as far as it was understood. */
export interface Question {
  readonly id: string;
  readonly http: HttpRequest;
  readonly protocol: Protocol;
  /** Milliseconds of `performance.now()` when it came. */
  readonly came: number;
  readonly call?: Call | undefined;
  readonly caller?: Caller | undefined;
  readonly judged?: Judged | undefined;
  /** Id of the run that it opens. */
  readonly opened?: string | undefined;
}

type What = Pick<Decision, 'action' | 'upstream' | 'operation' | 'model' | 'argumentsDigest'>;

function whatOf({ config }: Configuration, call: Call | undefined): What {
  const nothing = { action: undefined, upstream: undefined, operation: undefined, model: undefined };
  const what = { ...nothing, argumentsDigest: undefined };
  switch (call?.kind) {
    case undefined:
      return what;
    case 'ask':
      return { ...what, action: `ask:${call.agent}`, upstream: call.agent };
    case 'turn':
      return { ...what, action: `run:${call.turn}` };
    case 'infer':
      return { ...what, action: `infer:${call.model}/${call.name}`, upstream: call.model, model: call.name };
    case 'housekeeping':
      return { ...what, action: `${call.tool}:${call.method}`, upstream: call.tool };
    case 'operation': {
      const operations = config.tools[call.tool]?.operations ?? {};
      const declared = Object.hasOwn(operations, call.operation) ? operations[call.operation] : undefined;
      return {
        ...what,
        action: `${call.tool}.${call.operation}`,
        upstream: call.tool,
        operation: declared === undefined ? undefined : { effect: declared.effect, reach: declared.reach },
        argumentsDigest: digestOf(call.arguments),
      };
    }
  }
}

function factsOf(caller: Caller | undefined, judged: Judged | undefined): string[] {
  const { sequence, claim } = judged ?? {};
  return [
    ...(caller?.door === 'back' && caller.run === undefined ? ['autonomous'] : []),
    ...(caller?.door === 'back' ? (caller.run?.through ?? []).map((agent) => `through:${agent}`) : []),
    ...(sequence === undefined
      ? []
      : [
          claim === undefined ? 'unexplained' : 'explained',
          ...sequence.taint.map((taint) => `taint:${taint}`),
          ...sequence.violated.map((id) => `violated:${id}`),
          ...sequence.exceeded.map((id) => `exceeded:${id}`),
        ]),
  ];
}

/** What goes on record about a request: an allow, or the no that is given. */
export function decisionOf(configuration: Configuration, question: Question, at: number, denial?: Denial): Decision {
  const { id, http, protocol, came, call, caller, judged, opened } = question;
  const user = caller?.door === 'front' ? caller.user : caller?.run?.user;
  const guarded = denial?.code === 'guard-blocked';
  const trace = traceOf(http.headers);
  return {
    id,
    at: denial === undefined ? (judged?.event?.at ?? at) : at,
    door: http.door,
    // Whoever turns a run asks no agent.
    agent: caller?.agent || undefined,
    user: user === undefined ? undefined : { issuer: user.issuer, subject: user.subject },
    run: caller?.door === 'back' ? caller.run?.id : opened,
    protocol: protocol.kind,
    method: http.method,
    path: http.path.replace(/[?#].*$/s, ''),
    ...whatOf(configuration, call),
    bodyDigest: digestOfBytes(http.body),
    effect: denial === undefined ? 'allow' : denial.code === 'needs-approval' ? 'needs_approval' : 'deny',
    code: denial?.code,
    reason: denial?.detail ?? 'policies permit it, and no rule forbids it now',
    because: guarded ? [] : (denial?.facts ?? judged?.because ?? []),
    facts: factsOf(caller, judged),
    guard: guarded ? denial.facts : [],
    trace: trace?.trace,
    callerSpan: trace?.span,
    microseconds: Math.round((performance.now() - came) * 1000),
    policyDigest: configuration.config.policies.digest,
    claim: judged?.claim,
    event: denial === undefined ? judged?.event : undefined,
    head: judged?.head,
    wide: judged?.wide ?? false,
    toolManifest: judged?.toolManifest,
    proposal: judged?.proposal,
    approval: judged?.approval,
  };
}
