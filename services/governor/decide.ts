import { randomUUID } from 'node:crypto';
import { type DenialAnswer, denialAnswer } from './answer';
import type { Approvals } from './approve';
import { Authorizer } from './authorize/cedar';
import type { Configuration } from './configuration';
import type { Caller, Pending } from './context';
import { decisionOf, type Judged, type Question } from './decision';
import { Denial, denialOf } from './denial';
import { Guard } from './guard/guard';
import type { Freshness, History } from './history';
import type { AgentIdentity } from './identify/agent';
import { RUN_HEADER, type Run, type Runs } from './identify/runs';
import type { UserIdentity } from './identify/user';
import { Manifests } from './manifest';
import { isRefused, parseRequest } from './parse/parse';
import type { Call, HttpRequest, Parsed } from './parse/request';
import { HeadMoved, type Recorder } from './record';
import { autonomyOf, ruled } from './ruled';
import { NotFresh, ToolCalls } from './tool-call';
import { type TurnCall, type TurnedRuns, turnRun } from './turn';

/** What the governor leans on. */
export interface Parts {
  readonly agents: Pick<AgentIdentity, 'identify'>;
  readonly users: Pick<UserIdentity, 'identify'>;
  readonly runs: Runs;
  readonly history: History;
  readonly recorder: Recorder;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** @default - the guard of the configuration */
  readonly guard?: Guard;
  /** What people do to runs. @default - nothing */
  readonly turned?: TurnedRuns;
  /** @default - nobody agrees */
  readonly approvals?: Approvals;
  /** @default - no server showed anything, and pinned operations are not called */
  readonly manifests?: Manifests;
}

type Refusal = { readonly kind: 'deny'; readonly denial: Denial; readonly answer: DenialAnswer };

export type Verdict =
  | {
      readonly kind: 'forward';
      readonly pending: Pending;
      /** Set on the request. */
      readonly headers: Readonly<Record<string, string>>;
    }
  | Refusal
  /** It was for the governor itself, and is done. */
  | { readonly kind: 'done'; readonly answer: DenialAnswer };

/** Waits until a paused run goes on. @throws Denial when it does not, or not in time */
export type Hold = (run: Run) => Promise<void>;

const notHeld: Hold = () => Promise.reject(new Denial('run-paused', 'the run waits until somebody resumes it'));

/** Judged by what is remembered it does not pass, or its record was refused: what is there now says why. */
const isStale = (error: unknown): boolean => error instanceof NotFresh || isTurned(error);
const isTurned = (error: unknown): boolean =>
  error instanceof Denial && ['run-stopped', 'run-paused', 'run-unknown'].includes(error.code);

/** How often a call is judged again because another one of its sequence came between. */
const ATTEMPTS = 8;

/** The eight steps over one request. Whatever is not an allow at the end of them is a denial. */
export class Governor {
  private readonly authorizer: Authorizer;
  private readonly guard: Guard;
  private readonly manifests: Manifests;
  private readonly toolCalls: ToolCalls;

  constructor(
    private readonly configuration: Configuration,
    private readonly parts: Parts,
  ) {
    const { config, schema, policies } = configuration;
    this.authorizer = new Authorizer(schema, policies);
    this.guard = parts.guard ?? new Guard(config.guard);
    this.manifests = parts.manifests ?? new Manifests(config.tools);
    this.toolCalls = new ToolCalls(config, parts, this.authorizer, this.manifests);
  }

  /** @param hold where calls of a paused run wait @default - they are denied */
  async request(http: HttpRequest, hold: Hold = notHeld): Promise<Verdict> {
    const question = { id: randomUUID(), http, came: performance.now() };
    const parsed = parseRequest(this.configuration.config, http);
    if (isRefused(parsed)) return this.refuse({ ...question, protocol: parsed.protocol }, parsed.denial);
    const { protocol, call } = parsed;
    let caller: Caller | undefined;
    try {
      caller = await this.identify(http, call, hold, 'remembered');
      await this.guard.inspect(parsed.passages, 'request');
      if (call.kind === 'turn') return { kind: 'done', answer: await this.turn(call, caller) };
      const asked = { ...question, protocol, call };
      try {
        return await this.judge(asked, parsed, caller, 'remembered');
      } catch (error) {
        if (caller.door === 'front' || !isStale(error)) throw error;
        // Nothing was recorded: what the run and its past are now decides whether the call passes, waits or ends.
        caller = await this.identify(http, call, hold, 'found');
        return await this.judge(asked, parsed, caller, 'found');
      }
    } catch (error) {
      // Under another id: what could not be recorded may be there all the same, when its answer was lost.
      return this.refuse({ ...question, id: randomUUID(), protocol, call, caller }, denialOf(error));
    }
  }

  /** Refuses what is not read: there is no room for it. */
  turnAway(http: HttpRequest, denial: Denial): Promise<Refusal> {
    const { protocol } = parseRequest(this.configuration.config, { ...http, body: Buffer.alloc(0) });
    return this.refuse({ id: randomUUID(), http, came: performance.now(), protocol }, denial);
  }

  private async identify(http: HttpRequest, call: Call, hold: Hold, fresh: Freshness): Promise<Caller> {
    const { door, headers } = http;
    const now = this.parts.clock();
    if (door === 'front') {
      const user = await this.parts.users.identify(headers, new Date(now));
      return { door, user, agent: call.kind === 'ask' ? call.agent : '' };
    }
    const agent = await this.parts.agents.identify(headers, new Date(now));
    const run = await this.parts.runs.of(headers, agent, now, fresh === 'remembered');
    if (run?.state !== 'paused') return { door, agent, run };
    await hold(run);
    // A token may have expired in the meantime, and a run as well.
    return this.identify(http, call, hold, 'found');
  }

  /** Judges, and records for the sequence that was judged; another replica may have been quicker. @throws NotFresh */
  private async judge(question: Question, parsed: Parsed, caller: Caller, fresh: Freshness): Promise<Verdict> {
    let given: Awaited<ReturnType<Governor['handle']>> | undefined;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const judged = await this.authorize(question.id, parsed.call, caller, attempt > 0 ? 'new' : fresh);
      if (judged.denial !== undefined) return this.refuse({ ...question, caller, judged }, judged.denial);
      given ??= await this.handle(parsed.call, caller);
      const asked = { ...question, caller, judged, opened: given.opened };
      const decision = decisionOf(this.configuration, asked, this.parts.clock());
      try {
        await this.parts.recorder.decision(decision, judged.head);
      } catch (error) {
        if (!(error instanceof HeadMoved)) throw error;
        if (fresh === 'remembered') throw new NotFresh();
        continue;
      }
      const headers: Record<string, string> = given.handle === undefined ? {} : { [RUN_HEADER]: given.handle };
      const { id, run, event } = decision;
      return { kind: 'forward', pending: { decision: id, parsed, caller, run, event }, headers };
    }
    throw new Denial('unavailable', 'too many calls of this run at once');
  }

  private turn(call: TurnCall, caller: Caller): Promise<DenialAnswer> {
    const { turned, clock } = this.parts;
    if (turned === undefined || caller.door !== 'front') throw new Denial('not-permitted', 'runs are not turned here');
    return turnRun(this.configuration.config, turned, call, caller.user, clock());
  }

  private async authorize(id: string, call: Call, caller: Caller, fresh: Freshness): Promise<Judged> {
    const { agent } = caller;
    switch (call.kind) {
      case 'ask': {
        if (caller.door !== 'front') throw new Denial('not-permitted', 'agents are asked at the front');
        const { subject, name: user = subject, groups } = caller.user;
        return ruled(this.authorizer.decide({ action: 'ask', user, groups, agent: call.agent }));
      }
      case 'infer': {
        const run = { ...autonomyOf(caller), explained: true, violated: [], exceeded: [], taint: [] };
        if (this.configuration.config.models[call.model]?.names.includes(call.name) !== true)
          throw new Denial('not-permitted', 'the model is not on the list of the environment');
        return ruled(this.authorizer.decide({ action: 'infer', agent, model: call.model, name: call.name, run }));
      }
      case 'housekeeping': {
        const operations = this.configuration.config.agents[agent]?.operations ?? [];
        if (!operations.some((operation) => operation.startsWith(`${call.tool}.`)))
          throw new Denial('not-permitted', 'the agent has no operation of this tool');
        return { because: [`${agent}.operations`] };
      }
      case 'turn':
        throw new Denial('not-permitted', 'a run is not turned by a call');
      case 'operation':
        return this.toolCalls.judge(id, call, caller, fresh);
    }
  }

  /** What the one who is called acts in: a run that a person's question opens, or the same run for the agent asked. */
  private async handle(call: Call, caller: Caller): Promise<{ readonly handle?: string; readonly opened?: string }> {
    if (caller.door === 'front') {
      const { handle, run } = await this.parts.runs.open(caller.agent, caller.user, this.parts.clock());
      return { handle, opened: run.id };
    }
    const peer = call.kind === 'operation' ? this.toolCalls.peerOf(call.tool) : undefined;
    if (peer === undefined || caller.run === undefined) return {};
    return { handle: await this.parts.runs.hand(caller.run, peer) };
  }

  /** A denial is recorded too. If it cannot be, the answer says that nothing works, which is also a no. */
  private async refuse(question: Question, denial: Denial): Promise<Refusal> {
    let told = denial;
    try {
      const decision = decisionOf(this.configuration, question, this.parts.clock(), denial);
      await this.parts.recorder.decision(decision, undefined);
    } catch {
      told = new Denial('unavailable', 'the decision could not be recorded');
    }
    return { kind: 'deny', denial: told, answer: denialAnswer(told, question.protocol, question.id) };
  }
}
