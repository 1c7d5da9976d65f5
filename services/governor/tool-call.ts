import type { GovernorConfig } from '../../contract/governor';
import { type Approvals, nobody, type Proposal, proposalDigest } from './approve';
import { cedarInput, checkArguments } from './authorize/arguments';
import type { Authorizer, Ruling, RunFacts } from './authorize/cedar';
import type { Caller } from './context';
import type { Judged } from './decision';
import { Denial } from './denial';
import { explanationOf } from './explain';
import type { Freshness, History, Past } from './history';
import type { Manifests } from './manifest';
import type { Call } from './parse/request';
import type { Person } from './record';
import { autonomyOf, ruled } from './ruled';
import type { Event } from './sequence/event';
import { type Facts, judgeSequence } from './sequence/judge';
import { openTunnels } from './sequence/open-tunnels';
import { type Rules, rulesOf } from './sequence/rules';

type OperationCall = Extract<Call, { kind: 'operation' }>;
type Operation = GovernorConfig['tools'][string]['operations'][string];

/** Only an allow may come of what is remembered: its record asks whether that is still so, and that of a no does not. */
export class NotFresh extends Error {
  override readonly name = 'NotFresh';
}

/** What a call of a tool is judged by. */
export interface ToolCallParts {
  readonly history: History;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** @default - nobody agrees */
  readonly approvals?: Approvals;
}

/** For whom a call is. */
const personOf = (caller: Caller): Person | undefined => {
  const user = caller.door === 'front' ? caller.user : caller.run?.user;
  return user === undefined ? undefined : { issuer: user.issuer, subject: user.subject };
};

/** Steps 4 to 7 for a call of a tool: explained, in its sequence, by policies and where needed by people. */
export class ToolCalls {
  private readonly rules: ReadonlyMap<string, Rules>;

  constructor(
    private readonly config: GovernorConfig,
    private readonly parts: ToolCallParts,
    private readonly authorizer: Authorizer,
    private readonly manifests: Manifests,
  ) {
    this.rules = new Map(Object.entries(config.agents).map(([name, agent]) => [name, rulesOf(agent)]));
  }

  /** @param id of the decision @throws Denial; NotFresh where what is remembered does not do */
  async judge(id: string, call: OperationCall, caller: Caller, fresh: Freshness): Promise<Judged> {
    const operation = this.operationOf(call);
    const checked = checkArguments(operation, call.arguments, call.textual);
    this.assertMayAsk(call, caller);
    const input = cedarInput(operation, checked);
    const runId = caller.door === 'back' ? caller.run?.id : undefined;
    const name = `${call.tool}.${call.operation}`;
    const [{ past, whole }] = await Promise.all([
      this.pastOf(caller.agent, runId, fresh, this.tunnelOf(call) !== undefined),
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
    this.assertRoom(call, (whole ?? past).events, event, fresh);
    const claim = explanationOf(
      { tool: call.tool, operation: call.operation, arguments: checked },
      past.claims.filter(({ agent }) => agent === caller.agent),
      past.used,
    );
    const sequence = this.sequence(caller.agent, past, event, whole);
    const run = { ...autonomyOf(caller), explained: claim !== undefined, ...sequence };
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
    if (ruling.effect !== 'allow' && fresh === 'remembered') throw new NotFresh();
    if (ruling.effect !== 'needs_approval') return { ...ruled(ruling, sequence), ...judged };
    const proposal = this.proposal(caller, event, head);
    const digest = proposalDigest(proposal);
    const approval = await (this.parts.approvals ?? nobody).ask(proposal, digest);
    const last = approval === undefined ? ruling : decide({ ...run, approved: true });
    return { ...ruled(last, sequence), ...judged, proposal: digest, approval };
  }

  /** The agent that a tool is; undefined for an upstream. */
  peerOf(tool: string): string | undefined {
    const { tools } = this.config;
    return Object.hasOwn(tools, tool) ? tools[tool]?.agent : undefined;
  }

  private tunnelOf({ tool }: OperationCall): GovernorConfig['tools'][string]['tunnel'] {
    return this.config.tools[tool]?.tunnel;
  }

  /** Tunnels are counted over all replicas: whoever let one begin recorded it, and records its end. */
  private assertRoom(call: OperationCall, past: readonly Event[], event: Event, fresh: Freshness): void {
    const tunnel = this.tunnelOf(call);
    if (tunnel === undefined || openTunnels(past, event, tunnel.seconds) < tunnel.connections) return;
    if (fresh === 'remembered') throw new NotFresh();
    throw new Denial('too-many-calls', `${tunnel.connections} tunnels are open, and that is the limit`, [
      `${call.tool}.tunnel.connections`,
    ]);
  }

  private operationOf({ tool, operation }: OperationCall): Operation {
    const operations = this.config.tools[tool]?.operations ?? {};
    const found = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
    if (found === undefined) throw new Denial('not-permitted', 'the agent does not have this operation');
    return found;
  }

  /** An agent asks another one in a run alone: that says for whom, and how many asked one another already. */
  private assertMayAsk({ tool }: OperationCall, caller: Caller): void {
    if (this.peerOf(tool) === undefined) return;
    const run = caller.door === 'back' ? caller.run : undefined;
    if (run === undefined) throw new Denial('not-permitted', 'agents are asked in a run, and this call is in none');
    const { depth = 0 } = this.config.runs;
    if ((run.through?.length ?? 0) >= depth)
      throw new Denial('too-deep', `the agent was asked through ${run.through?.length ?? 0}, and ${depth} is the most`);
  }

  private proposal(caller: Caller, { operation, arguments: args }: Event, head: string): Proposal {
    const run = caller.door === 'back' ? caller.run : undefined;
    return {
      environment: this.config.environment,
      agent: caller.agent,
      user: run?.user ?? null,
      run: run?.id ?? null,
      operation,
      toolManifest: this.manifests.pinned(operation) ?? null,
      arguments: args,
      policyDigest: this.config.policies.digest,
      sequenceHead: head === '' ? null : `sha256:${head}`,
    };
  }

  /**
   * The past of the run, and where something looks further, everything of the agent. That is taken first, and the run is
   * read after it: what came between moves the agent's head, so nothing that the run has is missed in both.
   */
  private async pastOf(
    agent: string,
    run: string | undefined,
    fresh: Freshness,
    wide: boolean,
  ): Promise<{ readonly past: Past; readonly whole: Past | undefined }> {
    const { history } = this.parts;
    const further = run !== undefined && (wide || (this.rules.get(agent)?.scopes.size ?? 0) > 0);
    const whole = further ? await history.past(agent, undefined, fresh) : undefined;
    return { past: await history.past(agent, run, further ? 'new' : fresh), whole };
  }

  private sequence(agent: string, past: Past, event: Event, whole: Past | undefined): Facts {
    const rules = this.rules.get(agent);
    if (rules === undefined) throw new Denial('unidentified', 'no such agent');
    return judgeSequence(rules, past.events, event, whole?.events);
  }
}
