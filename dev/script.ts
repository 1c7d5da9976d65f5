import { randomBytes } from 'node:crypto';
import type { EnvironmentDeclaration, SequenceCondition } from '../lib/declaration';
import type { Agent } from '../lib/declaration/agent';
import { tunnelTo } from '../lib/declaration/opaque-host';
import type { Operation } from '../lib/declaration/operation';
import { operationsOf } from '../lib/declaration/references';
import { opaqueHosts } from '../lib/declaration/tool';
import { badArguments, call, housekeeping, infer, type Request, unknownOperation } from './requests';
import { ALLOWED, type Called, denied, type Expected, RunByTheRules } from './rules';
import { argumentsFor, valuesFor } from './sample';
import { type AgentStep, asked, type Scenario, step } from './steps';

/** Calls of one operation in one scenario; rules that need more are left out. */
const MOST_CALLS = 25;
/** A key of no account, in the form that detectors know; put together here, so that none finds it in this file. */
const SECRET = ['ghp', 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8'].join('_');

/** A host that is nobody's (RFC 2606). */
const ELSEWHERE = 'not-declared.invalid';

/** What there is to try about one agent. */
class AgentScript {
  private readonly operations: ReadonlyMap<string, Operation>;
  private readonly granted: readonly string[];

  constructor(
    private readonly environment: EnvironmentDeclaration,
    private readonly name: string,
    private readonly agent: Agent,
  ) {
    this.operations = operationsOf(environment);
    this.granted = agent.tools.filter((operation) => this.arguments(operation) !== undefined);
  }

  /** All runs of the script are one person's. */
  private readonly whole: Called[] = [];

  scenarios(): Scenario[] {
    const doors: Scenario[] = [
      { agent: this.name, asks: asked(this.name, 'nobody', denied('unidentified')), steps: [] },
      { agent: this.name, asks: asked(this.name, 'stranger', denied('not-permitted')), steps: [] },
      { agent: this.name, steps: this.onItsOwn() },
    ];
    // Without a run the whole past of the agent counts, so its calls are tried in runs alone.
    if (this.agent.mayAsk.length === 0) return [...doors, { agent: this.name, steps: this.tunnels() }];
    const runs = [
      this.models(),
      this.lists(),
      ...this.granted.map((operation) => this.asksAndCalls(operation)),
      this.notItsOwn(),
      this.tunnels(),
      ...this.granted.map((operation) => this.injected(operation)),
      ...this.rules(),
    ];
    return [
      ...doors,
      ...runs
        .filter((steps) => steps.length > 0)
        .map((steps) => ({ agent: this.name, asks: asked(this.name, 'person'), steps })),
    ];
  }

  /** Whether a tool is tunnelled to: it is tried apart, because nothing is asked of it in the open. */
  private isTunnel(tool: string | undefined): boolean {
    return this.environment.tools[tool ?? '']?.kind === 'opaqueHost';
  }

  private arguments(operation: string): Record<string, unknown> | undefined {
    const declared = this.operations.get(operation);
    return declared === undefined || this.isTunnel(operation.split('.')[0]) ? undefined : argumentsFor(declared);
  }

  private called(operation: string): Called {
    return { operation, arguments: this.arguments(operation) ?? {} };
  }

  private act(title: string, expected: Expected, request: Request): AgentStep {
    return { ...step(title, expected), request };
  }

  private calls(title: string, rules: RunByTheRules, called: Called): AgentStep {
    return this.act(title, rules.next(called), call(this.environment, called));
  }

  private begin(): RunByTheRules {
    return new RunByTheRules(this.environment, this.agent, this.whole);
  }

  private onItsOwn(): AgentStep[] {
    const [model] = this.agent.models;
    if (model === undefined) return [];
    const request = infer(this.environment, model, { text: 'What is to be done?' });
    return [
      this.act(`asks ${model} on its own, in no run`, ALLOWED, request),
      {
        ...this.act('invents a run to act in', denied('run-unknown'), request),
        handle: randomBytes(32).toString('base64url'),
      },
    ];
  }

  /** A tunnel for what it is declared for, and one that another host hides in. */
  private tunnels(): AgentStep[] {
    const rules = this.begin();
    return opaqueHosts(this.environment.tools)
      .map(([name, { at }]) => ({ operation: `${name}.connect`, arguments: {}, to: tunnelTo(at) }))
      .filter(({ operation }) => (this.agent.tools as readonly string[]).includes(operation))
      .flatMap(({ to, ...called }) => {
        const request = call(this.environment, called);
        const good = this.act(`tunnels to ${to}`, rules.next(called), request);
        const begins = good.expected.effect === 'allow' && rules.next(called).effect === 'allow';
        const other = this.act(`means another host in a tunnel to ${to}`, ALLOWED, { ...request, tls: ELSEWHERE });
        return [good, ...(begins ? [{ ...other, ends: 'not-permitted' }] : [])];
      });
  }

  private models(): AgentStep[] {
    return this.agent.models.flatMap((model) => [
      this.act(`asks ${model}`, ALLOWED, infer(this.environment, model, { text: 'Say hello.' })),
      this.act(
        `asks ${model}, as a stream`,
        ALLOWED,
        infer(this.environment, model, { text: 'Say hello.', stream: true }),
      ),
      this.act(
        `asks ${model} for a model off the list`,
        denied('not-permitted'),
        infer(this.environment, model, { text: 'Say hello.', wire: 'a-model-off-the-list' }),
      ),
      this.act(
        `puts a secret into a prompt for ${model}`,
        denied('guard-blocked'),
        infer(this.environment, model, { text: `Remember ${SECRET}` }),
      ),
    ]);
  }

  private get tools(): string[] {
    return [...new Set(this.agent.tools.map((operation) => operation.split('.')[0] ?? ''))].filter(
      (tool) => !this.isTunnel(tool),
    );
  }

  private lists(): AgentStep[] {
    return this.tools.flatMap((tool) =>
      housekeeping(this.environment, tool).map(([method, request]) =>
        this.act(`${method} at ${tool}`, ALLOWED, request),
      ),
    );
  }

  /** The model asks for a call and the agent makes it, well and with an argument that is not as declared. */
  private asksAndCalls(operation: string): AgentStep[] {
    const called = this.called(operation);
    const [model] = this.agent.models;
    const made = this.calls(`calls ${operation}`, this.begin(), called);
    const bad = badArguments(this.environment, called);
    return [
      ...(model === undefined
        ? [made]
        : [
            this.act(`${model} asks for ${operation}`, ALLOWED, infer(this.environment, model, { asksFor: called })),
            { ...made, title: `calls ${operation}, as ${model} asked`, explained: true as const },
          ]),
      ...(bad === undefined
        ? []
        : [this.act(`calls ${operation} with a bad argument`, denied('invalid-argument'), bad)]),
    ];
  }

  /** What the tools have, or pretend to have, and this agent does not. */
  private notItsOwn(): AgentStep[] {
    return this.tools.flatMap((tool) => {
      const { title, code, request } = unknownOperation(this.environment, tool);
      return [
        ...this.others(tool).map((operation) =>
          this.act(
            `calls ${operation}, which it does not have`,
            denied('not-permitted'),
            call(this.environment, this.called(operation)),
          ),
        ),
        this.act(title, denied(code), request),
      ];
    });
  }

  private others(tool: string): string[] {
    const own = new Set<string>(this.agent.tools);
    return [...this.operations.keys()].filter(
      (operation) => operation.startsWith(`${tool}.`) && !own.has(operation) && this.arguments(operation) !== undefined,
    );
  }

  /** A result of strangers carries an instruction, and the agent obeys it. */
  private injected(operation: string): AgentStep[] {
    const [tool = ''] = operation.split('.');
    const [forbidden] = this.others(tool);
    if (forbidden === undefined || !this.operations.get(operation)?.returns.includes('untrusted')) return [];
    const rules = this.begin();
    const read = this.calls(`reads ${operation}, whose text says what to do`, rules, this.called(operation));
    if (read.expected.effect !== 'allow') return [];
    return [read, this.calls(`obeys and calls ${forbidden}`, rules, this.called(forbidden))];
  }

  private rules(): AgentStep[][] {
    return [
      ...this.agent.sequence.map((rule) => {
        if (rule.kind === 'neverBefore') return this.taintThenReach(rule.taint, rule.before);
        if (rule.kind === 'atMost') return this.repeated(rule.operation, rule.times + 1);
        return 'condition' in rule ? this.upTo(rule.condition) : this.inOrder([rule.after, rule.operation]);
      }),
      ...this.agent.needsApproval.map((rule) => (rule.kind === 'when' ? this.upTo(rule.condition) : [])),
    ];
  }

  /** Up to the call that a condition is about. */
  private upTo(condition: SequenceCondition): AgentStep[] {
    if (condition.kind === 'countOver') return this.repeated(condition.operation, condition.over + 1);
    if (condition.kind === 'sumOver') return this.summed(condition);
    if (condition.kind === 'distinctOver') return this.varied(condition);
    return 'other' in condition ? this.inOrder([condition.other, condition.operation]) : [];
  }

  private taintThenReach(taint: Operation['returns'][number], reach: Operation['reach']): AgentStep[] {
    const passes = (operation: string): boolean => this.begin().next(this.called(operation)).effect === 'allow';
    const free = this.granted.filter(passes);
    const read = free.find((operation) => this.operations.get(operation)?.returns.includes(taint));
    const reaching = free.find((operation) => operation !== read && this.operations.get(operation)?.reach === reach);
    return read === undefined || reaching === undefined ? [] : this.inOrder([read, reaching]);
  }

  private inOrder(operations: readonly string[]): AgentStep[] {
    if (operations.some((operation) => !this.granted.includes(operation))) return [];
    const rules = this.begin();
    return operations.map((operation, i) =>
      this.calls(i === 0 ? `calls ${operation}` : `calls ${operation} after that`, rules, this.called(operation)),
    );
  }

  /** With another value each time, up to the one that is too many; nothing where so many are not found. */
  private varied({ operation, argument, over }: Extract<SequenceCondition, { argument: string }>): AgentStep[] {
    const declared = this.operations.get(operation)?.arguments?.[argument];
    const values = declared === undefined ? [] : valuesFor(declared, over + 1);
    return values.length <= over ? [] : this.repeated(operation, over + 1, (i) => ({ [argument]: values[i] }));
  }

  /** With the largest amount, up to the call that is above the sum. */
  private summed({ operation, argument, over }: Extract<SequenceCondition, { argument: string }>): AgentStep[] {
    const declared = this.operations.get(operation)?.arguments?.[argument];
    const most = declared?.kind === 'number' || declared?.kind === 'integer' ? declared.max : 0;
    return most > 0 ? this.repeated(operation, Math.floor(over / most) + 1, () => ({ [argument]: most })) : [];
  }

  /** Up to the call that is one too many; nothing where another rule stops it before. */
  private repeated(
    operation: string,
    times: number,
    args: (i: number) => Record<string, unknown> = () => ({}),
  ): AgentStep[] {
    if (times > MOST_CALLS || !this.granted.includes(operation)) return [];
    const rules = this.begin();
    const { arguments: sample } = this.called(operation);
    const before = this.agent.sequence.flatMap((rule) =>
      rule.kind === 'onlyAfter' && rule.operation === operation && this.granted.includes(rule.after)
        ? [this.calls(`calls ${rule.after}`, rules, this.called(rule.after))]
        : [],
    );
    const steps = Array.from({ length: times }, (_, i) =>
      this.calls(`calls ${operation}, time ${i + 1}`, rules, { operation, arguments: { ...sample, ...args(i) } }),
    );
    const allowed = [...before, ...steps.slice(0, -1)].every(({ expected }) => expected.effect === 'allow');
    return allowed ? [...before, ...steps] : [];
  }

  /** What of it is not tried, and why. */
  leftOut(): string[] {
    if (this.agent.mayAsk.length === 0)
      return [`${this.name}: its calls, because nobody may ask it, and calls are tried in runs`];
    return this.agent.tools
      .filter((operation) => !this.granted.includes(operation) && !this.isTunnel(operation.split('.')[0]))
      .map((operation) => `${this.name}: ${operation}, because no example of its arguments was found`);
  }
}

const scriptsOf = (environment: EnvironmentDeclaration): AgentScript[] =>
  Object.entries(environment.agents).map(([name, agent]) => new AgentScript(environment, name, agent as Agent));

/** What to try, out of the declaration alone: for each agent what its rules let through and what they do not. */
export const scriptOf = (environment: EnvironmentDeclaration): Scenario[] =>
  scriptsOf(environment).flatMap((script) => script.scenarios());

/** Calls that no script tries, in words. */
export const leftOutOf = (environment: EnvironmentDeclaration): string[] =>
  scriptsOf(environment).flatMap((script) => script.leftOut());
