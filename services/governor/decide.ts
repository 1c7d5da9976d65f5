import { randomUUID } from 'node:crypto';
import { type DenialAnswer, denialAnswer } from './answer';
import { type Approvals, nobody, type Proposal, proposalDigest } from './approve';
import { cedarInput, checkArguments } from './authorize/arguments';
import { Authorizer, type Ruling, type RunFacts } from './authorize/cedar';
import type { Configuration } from './configuration';
import type { Caller, Pending } from './context';
import { decisionOf, type Judged, type Question } from './decision';
import { Denial, denialOf } from './denial';
import { explanationOf } from './explain';
import { Guard } from './guard/guard';
import type { History, Past } from './history';
import type { AgentIdentity } from './identify/agent';
import { RUN_HEADER, type Run, type Runs } from './identify/runs';
import type { UserIdentity } from './identify/user';
import { Manifests } from './manifest';
import { isRefused, parseRequest } from './parse/parse';
import type { Call, HttpRequest, Parsed } from './parse/request';
import { HeadMoved, type Person, type Recorder } from './record';
import type { Event } from './sequence/event';
import { type Facts, judgeSequence } from './sequence/judge';
import { type Rules, rulesOf } from './sequence/rules';
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

type OperationCall = Extract<Call, { kind: 'operation' }>;

/** For whom a call is. */
const personOf = (caller: Caller): Person | undefined => {
  const user = caller.door === 'front' ? caller.user : caller.run?.user;
  return user === undefined ? undefined : { issuer: user.issuer, subject: user.subject };
};

/** What policies see of whoever calls, before anybody agreed to anything. */
const factsOf = (caller: Caller): { readonly autonomous: boolean; readonly approved: false } => ({
  autonomous: caller.door === 'back' && caller.run === undefined,
  approved: false,
});

/** Whether all that a call needs of its run never changes but that it is open, which its record asks again. */
const needsRunAlone = ({ kind }: Call): boolean => kind === 'infer' || kind === 'housekeeping';
const isTurned = (error: unknown): boolean =>
  error instanceof Denial && ['run-stopped', 'run-paused', 'run-unknown'].includes(error.code);

/** How often a call is judged again because another one of its sequence came between. */
const ATTEMPTS = 8;

/** The eight steps over one request. Whatever is not an allow at the end of them is a denial. */
export class Governor {
  private readonly authorizer: Authorizer;
  private readonly guard: Guard;
  private readonly manifests: Manifests;
  private readonly rules: ReadonlyMap<string, Rules>;

  constructor(
    private readonly configuration: Configuration,
    private readonly parts: Parts,
  ) {
    const { config, schema, policies } = configuration;
    this.authorizer = new Authorizer(schema, policies);
    this.guard = parts.guard ?? new Guard(config.guard);
    this.manifests = parts.manifests ?? new Manifests(config.tools);
    this.rules = new Map(Object.entries(config.agents).map(([name, agent]) => [name, rulesOf(agent)]));
  }

  /** @param hold where calls of a paused run wait @default - they are denied */
  async request(http: HttpRequest, hold: Hold = notHeld): Promise<Verdict> {
    const question = { id: randomUUID(), http, came: performance.now() };
    const parsed = parseRequest(this.configuration.config, http);
    if (isRefused(parsed)) return this.refuse({ ...question, protocol: parsed.protocol }, parsed.denial);
    const { protocol, call } = parsed;
    let caller: Caller | undefined;
    try {
      const lately = needsRunAlone(call);
      caller = await this.identify(http, call, hold, lately);
      await this.guard.inspect(parsed.passages, 'request');
      if (call.kind === 'turn') return { kind: 'done', answer: await this.turn(call, caller) };
      const asked = { ...question, protocol, call };
      try {
        return await this.judge(asked, parsed, caller);
      } catch (error) {
        if (!lately || !isTurned(error)) throw error;
        // Turned since it was found, and nothing was recorded: what it is now decides whether the call waits or ends.
        caller = await this.identify(http, call, hold);
        return await this.judge(asked, parsed, caller);
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

  private async identify(http: HttpRequest, call: Call, hold: Hold, lately = false): Promise<Caller> {
    const { door, headers } = http;
    const now = this.parts.clock();
    if (door === 'front') {
      const user = await this.parts.users.identify(headers, new Date(now));
      return { door, user, agent: call.kind === 'ask' ? call.agent : '' };
    }
    const agent = await this.parts.agents.identify(headers, new Date(now));
    const run = await this.parts.runs.of(headers, agent, now, lately);
    if (run?.state !== 'paused') return { door, agent, run };
    await hold(run);
    // A token may have expired in the meantime, and a run as well.
    return this.identify(http, call, hold);
  }

  /** Judges, and records for the sequence that was judged; another replica may have been quicker. */
  private async judge(question: Question, parsed: Parsed, caller: Caller): Promise<Verdict> {
    let given: Awaited<ReturnType<Governor['handle']>> | undefined;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const judged = await this.authorize(question.id, parsed.call, caller, attempt > 0);
      if (judged.denial !== undefined) return this.refuse({ ...question, caller, judged }, judged.denial);
      given ??= await this.handle(parsed.call, caller);
      const asked = { ...question, caller, judged, opened: given.opened };
      const decision = decisionOf(this.configuration, asked, this.parts.clock());
      try {
        await this.parts.recorder.decision(decision, judged.head);
      } catch (error) {
        if (error instanceof HeadMoved) continue;
        throw error;
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

  private async authorize(id: string, call: Call, caller: Caller, again: boolean): Promise<Judged> {
    const { agent } = caller;
    switch (call.kind) {
      case 'ask': {
        if (caller.door !== 'front') throw new Denial('not-permitted', 'agents are asked at the front');
        const { subject, name: user = subject, groups } = caller.user;
        return this.ruled(this.authorizer.decide({ action: 'ask', user, groups, agent: call.agent }));
      }
      case 'infer': {
        const run = { ...factsOf(caller), explained: true, violated: [], exceeded: [], taint: [] };
        if (this.configuration.config.models[call.model]?.names.includes(call.name) !== true)
          throw new Denial('not-permitted', 'the model is not on the list of the environment');
        return this.ruled(this.authorizer.decide({ action: 'infer', agent, model: call.model, name: call.name, run }));
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
        return this.operation(id, call, caller, again);
    }
  }

  private async operation(id: string, call: OperationCall, caller: Caller, again: boolean): Promise<Judged> {
    const operations = this.configuration.config.tools[call.tool]?.operations ?? {};
    const operation = Object.hasOwn(operations, call.operation) ? operations[call.operation] : undefined;
    if (operation === undefined) throw new Denial('not-permitted', 'the agent does not have this operation');
    const checked = checkArguments(operation, call.arguments, call.textual);
    this.assertMayAsk(call, caller);
    const input = cedarInput(operation, checked);
    const runId = caller.door === 'back' ? caller.run?.id : undefined;
    const name = `${call.tool}.${call.operation}`;
    const [{ past, whole }] = await Promise.all([
      this.pastOf(caller.agent, runId, again),
      this.manifests.assertShown(name),
    ]);
    const event: Event = {
      at: this.parts.clock(),
      call: id,
      phase: 'request',
      operation: name,
      reach: operation.reach,
      returns: operation.returns,
      arguments: checked,
      user: personOf(caller),
    };
    const claim = explanationOf(
      { tool: call.tool, operation: call.operation, arguments: checked },
      past.claims.filter(({ agent }) => agent === caller.agent),
      past.used,
    );
    const sequence = this.sequence(caller.agent, past, event, whole);
    const run = { ...factsOf(caller), explained: claim !== undefined, ...sequence };
    const decide = (facts: RunFacts): Ruling =>
      this.authorizer.decide({
        action: 'call',
        agent: caller.agent,
        tool: call.tool,
        operation: call.operation,
        input,
        run: facts,
      });
    const toolManifest = this.manifests.pinned(name);
    const { head } = whole ?? past;
    const judged = { sequence, claim, event, head, wide: whole !== undefined, toolManifest };
    const ruling = decide(run);
    if (ruling.effect !== 'needs_approval') return { ...this.ruled(ruling, sequence), ...judged };
    const proposal = this.proposal(caller, event, head);
    const digest = proposalDigest(proposal);
    const approval = await (this.parts.approvals ?? nobody).ask(proposal, digest);
    const last = approval === undefined ? ruling : decide({ ...run, approved: true });
    return { ...this.ruled(last, sequence), ...judged, proposal: digest, approval };
  }

  /** An agent asks another one in a run alone: that says for whom, and how many asked one another already. */
  private assertMayAsk({ tool }: OperationCall, caller: Caller): void {
    if (this.peerOf(tool) === undefined) return;
    const run = caller.door === 'back' ? caller.run : undefined;
    if (run === undefined) throw new Denial('not-permitted', 'agents are asked in a run, and this call is in none');
    const { depth = 0 } = this.configuration.config.runs;
    if ((run.through?.length ?? 0) >= depth)
      throw new Denial('too-deep', `the agent was asked through ${run.through?.length ?? 0}, and ${depth} is the most`);
  }

  /** The agent that a tool is; undefined for an upstream. */
  private peerOf(tool: string): string | undefined {
    const { tools } = this.configuration.config;
    return Object.hasOwn(tools, tool) ? tools[tool]?.agent : undefined;
  }

  /** What the one who is called acts in: a run that a person's question opens, or the same run for the agent asked. */
  private async handle(call: Call, caller: Caller): Promise<{ readonly handle?: string; readonly opened?: string }> {
    if (caller.door === 'front') {
      const { handle, run } = await this.parts.runs.open(caller.agent, caller.user, this.parts.clock());
      return { handle, opened: run.id };
    }
    const peer = call.kind === 'operation' ? this.peerOf(call.tool) : undefined;
    if (peer === undefined || caller.run === undefined) return {};
    return { handle: await this.parts.runs.hand(caller.run, peer) };
  }

  private proposal(caller: Caller, { operation, arguments: args }: Event, head: string): Proposal {
    const run = caller.door === 'back' ? caller.run : undefined;
    return {
      environment: this.configuration.config.environment,
      agent: caller.agent,
      user: run?.user ?? null,
      run: run?.id ?? null,
      operation,
      toolManifest: this.manifests.pinned(operation) ?? null,
      arguments: args,
      policyDigest: this.configuration.config.policies.digest,
      sequenceHead: head === '' ? null : `sha256:${head}`,
    };
  }

  /**
   * The past of the run, and where a rule looks further, everything of the agent. That is read first: what came after it
   * moves its head, so nothing that the run has is missed in both.
   */
  private async pastOf(
    agent: string,
    run: string | undefined,
    again: boolean,
  ): Promise<{ readonly past: Past; readonly whole: Past | undefined }> {
    const { history } = this.parts;
    const further = run !== undefined && (this.rules.get(agent)?.scopes.size ?? 0) > 0;
    const whole = further ? await history.past(agent, undefined, again) : undefined;
    return { past: await history.past(agent, run, again || further), whole };
  }

  private sequence(agent: string, past: Past, event: Event, whole: Past | undefined): Facts {
    const rules = this.rules.get(agent);
    if (rules === undefined) throw new Denial('unidentified', 'no such agent');
    return judgeSequence(rules, past.events, event, whole?.events);
  }

  private ruled({ effect, policies }: Ruling, sequence?: Facts): Judged {
    if (effect === 'allow') return { because: policies };
    const no = (code: Denial['code'], detail: string): Judged => ({
      because: policies,
      denial: new Denial(code, detail, policies),
    });
    if (effect === 'needs_approval') return no('needs-approval', 'there is no service yet that could ask somebody');
    if (sequence?.violated.some((id) => policies.includes(id)))
      return no('sequence-violated', 'too many, too early or too late in this run');
    return no('not-permitted', policies.length === 0 ? 'no policy permits it' : 'a policy forbids it');
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
