import { randomBytes } from 'node:crypto';
import * as requests from '../../dev/requests';
import { argumentsFor } from '../../dev/sample';
import type { EnvironmentDeclaration } from '../../lib/declaration';
import { operationsOf } from '../../lib/declaration/references';
import { HEADER } from '../../lib/gateway/headers';
import { frontOf } from './front';
import type { Asker } from './people';
import { type Ending, type Tunnelling, tunnelsOf } from './tunnels';

/** One call of an agent of the twin, or of somebody who asks it, and what must become of it. */
export interface Call {
  readonly id: string;
  /** Who must say yes or no. */
  readonly control: 'Governor' | 'Gateway' | 'NetworkPolicy';
  readonly threats: readonly string[];
  readonly what: string;
  readonly agent: string;
  /** Allowed is what passes and arrives. */
  readonly expect: 'allowed' | 'refused';
  /** The governor's code, where it refuses. */
  readonly code?: string;
  /** What the gateway answers, where it refuses by itself. @default - it takes no connection */
  readonly status?: number;
  /** @default - everything runs */
  readonly when?: 'the governor is away';
  /** Past the sidecar as somebody without a certificate, or with its own; or right to the upstream. @default - as the sidecar takes it */
  readonly past?: 'the sidecar' | 'the sidecar, as itself' | 'the gateway';
  /** Who asks the agent at the front. @default - the agent calls */
  readonly from?: Asker;
  readonly request: requests.Request;
  /** What the request asks the proxy for; whatever must arrive arrives in there. @default - it asks for no tunnel */
  readonly tunnel?: Tunnelling;
  /** How the tunnel ends that was let begin. @default - it is refused before it begins, or it passes */
  readonly ends?: Ending;
}

/** Of a gateway without a decision. */
const UNDECIDED = 503;
/** Of a gateway without a route. */
const NO_ROUTE = 404;
/** A key of no account, in the form that detectors know; put together here, so that none finds it in this file. */
const SECRET = ['ghp', 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8'].join('_');
const UNDECLARED = {
  method: 'POST',
  path: '/tools/no-such-tool/mcp',
  headers: { 'content-type': 'application/json' },
  body: '{}',
};

/** Twice the same key: which one holds depends on who reads. Undefined where there is none. */
function ambiguous(request: requests.Request): requests.Request | undefined {
  const body = request.body?.replace(/^\{("[^"]+":)/, '{$1null,$1');
  return body === undefined || body === request.body ? undefined : { ...request, body };
}

/** What an agent may and may not do, out of its declaration. */
class AgentCalls {
  private readonly operations;

  constructor(
    private readonly declaration: EnvironmentDeclaration,
    private readonly name: string,
  ) {
    this.operations = operationsOf(declaration);
  }

  calls(): Call[] {
    const allowed = this.allowed();
    return [
      ...this.models(),
      // Before anything was read that must not leave by them.
      ...tunnelsOf(this.declaration, this.name),
      ...(allowed === undefined ? [] : this.around(allowed)),
      ...this.asked('not-permitted', this.others(), {
        id: 'calls/undeclared-operation',
        threats: ['authorization-by-default'],
        what: 'an operation that the agent does not have',
      }),
      ...this.asked(
        'not-permitted',
        (this.agent?.tools ?? []).filter((name) => this.isPeers(name)),
        {
          id: 'calls/peer-in-no-run',
          threats: ['work-split-over-agents'],
          what: 'another agent, asked in no run',
        },
      ),
      ...this.asked('needs-approval', this.approved(), {
        id: 'calls/unapproved',
        threats: ['risk-without-a-person'],
        what: 'an operation to which a person must agree, and nobody did',
      }),
      {
        ...this.base,
        id: 'calls/undeclared-tool',
        control: 'Gateway',
        threats: ['undeclared-upstream'],
        what: 'a tool that nobody declared',
        expect: 'refused',
        status: NO_ROUTE,
        request: UNDECLARED,
      },
      {
        ...this.base,
        id: 'calls/without-certificate',
        control: 'Gateway',
        threats: ['door-without-certificate', 'stolen-sidecar-identity'],
        what: 'the gateway, asked past the sidecar',
        expect: 'refused',
        past: 'the sidecar',
        request: allowed ?? UNDECLARED,
      },
    ];
  }

  private get base() {
    return { agent: this.name };
  }

  /** What is told of an allowed call, and what makes it a wrong one. */
  private around(request: requests.Request): Call[] {
    const twice = ambiguous(request);
    const stranger = { ...request.headers, [HEADER.run]: randomBytes(32).toString('base64url') };
    return [
      {
        ...this.base,
        id: 'calls/allowed',
        control: 'Governor',
        threats: [],
        expect: 'allowed',
        what: 'a call of a declared operation',
        request,
      },
      this.refused(
        'run-unknown',
        { ...request, headers: stranger },
        {
          id: 'calls/foreign-run',
          threats: ['authorization-by-default'],
          what: 'a call in a run of somebody else',
        },
      ),
      ...(twice === undefined
        ? []
        : [
            this.refused('malformed-json', twice, {
              id: 'calls/ambiguous-body',
              threats: ['authorization-by-default'],
              what: 'a body with two readings',
            }),
          ]),
      {
        ...this.base,
        id: 'calls/undecided',
        control: 'Gateway',
        threats: ['fails-open'],
        what: 'a call of a declared operation while no governor answers',
        expect: 'refused',
        status: UNDECIDED,
        when: 'the governor is away',
        request,
      },
    ];
  }

  private models(): Call[] {
    const [model] = this.declaration.agents[this.name]?.models ?? [];
    if (model === undefined) return [];
    const ask = (prompt: { text: string; wire?: string }): requests.Request =>
      requests.infer(this.declaration, model, prompt);
    return [
      {
        ...this.base,
        id: 'calls/model',
        control: 'Governor',
        threats: [],
        expect: 'allowed',
        what: 'a call of a listed model',
        request: ask({ text: 'Say hello.' }),
      },
      this.refused('not-permitted', ask({ text: 'Say hello.', wire: 'a-model-off-the-list' }), {
        id: 'calls/unlisted-model',
        threats: ['model-on-the-wire'],
        what: 'a call of a model that is not on the list',
      }),
      this.refused('guard-blocked', ask({ text: `Remember ${SECRET}` }), {
        id: 'calls/secret',
        threats: ['secret-in-a-prompt'],
        what: 'a secret in a prompt',
      }),
    ];
  }

  private refused(code: string, request: requests.Request, rest: Pick<Call, 'id' | 'threats' | 'what'>): Call {
    return { control: 'Governor', expect: 'refused', ...this.base, ...rest, code, request };
  }

  private asked(code: string, operations: readonly string[], rest: Pick<Call, 'id' | 'threats' | 'what'>): Call[] {
    const [request] = operations.flatMap((operation) => this.request(operation) ?? []);
    return request === undefined ? [] : [this.refused(code, request, rest)];
  }

  /** The call as a request; of what has no example there is none, and tunnels are tried apart. */
  private request(operation: string): requests.Request | undefined {
    if (this.declaration.tools[operation.split('.')[0] ?? '']?.kind === 'opaqueHost') return undefined;
    const declared = this.operations.get(operation);
    const args = declared === undefined ? undefined : argumentsFor(declared);
    return args === undefined ? undefined : requests.call(this.declaration, { operation, arguments: args });
  }

  private get agent() {
    return this.declaration.agents[this.name];
  }

  /** Whether it is one of another agent, which is asked in a run alone: nobody of the proof has one. */
  private isPeers(operation: string): boolean {
    return this.declaration.tools[operation.split('.')[0] ?? '']?.kind === 'peer';
  }

  /** The first call that no rule of order, number or approval speaks of, and no pin waits for. */
  private allowed(): requests.Request | undefined {
    const { tools = [], needsApproval = [] } = this.agent ?? {};
    const ruled = JSON.stringify(needsApproval);
    return tools
      .filter((name) => !ruled.includes(`"${name}"`) && !this.isOrdered(name) && !this.isPinned(name))
      .filter((name) => !this.isPeers(name))
      .toSorted((a, b) => Number(this.writes(a)) - Number(this.writes(b)))
      .flatMap((name) => this.request(name) ?? [])[0];
  }

  /** Whether it depends on what was called before. How often it may be called does not matter for one call. */
  private isOrdered(operation: string): boolean {
    const { sequence = [] } = this.agent ?? {};
    return sequence.some((rule) =>
      rule.kind === 'neverBefore'
        ? rule.before === this.operations.get(operation)?.reach
        : rule.kind !== 'atMost' && JSON.stringify(rule).includes(`"${operation}"`),
    );
  }

  /** Whether a server must have shown it first; the proof's own shows nothing. */
  private isPinned(operation: string): boolean {
    const declared = this.operations.get(operation);
    return declared !== undefined && 'manifest' in declared && declared.manifest !== undefined;
  }

  private writes(operation: string): boolean {
    return this.operations.get(operation)?.effect !== 'read';
  }

  /** Operations of the agent's own MCP servers that it does not have: of others it has no route. */
  private others(): string[] {
    const { tools: own = [] } = this.agent ?? {};
    const used = new Set(own.map((name) => name.split('.')[0]));
    return [...this.operations.keys()].filter((name) => {
      const [tool = ''] = name.split('.');
      return (
        used.has(tool) &&
        !(own as readonly string[]).includes(name) &&
        this.declaration.tools[tool]?.kind === 'mcpServer'
      );
    });
  }

  private approved(): string[] {
    return (this.agent?.needsApproval ?? []).flatMap((rule) =>
      rule.kind === 'operation' &&
      !this.isOrdered(rule.operation) &&
      !this.isPinned(rule.operation) &&
      !this.isPeers(rule.operation)
        ? [rule.operation]
        : [],
    );
  }
}

/** The calls that are tried for an environment, agent by agent, and what people ask of each. */
export const callsOf = (declaration: EnvironmentDeclaration): Call[] =>
  Object.keys(declaration.agents).flatMap((name) => [
    ...new AgentCalls(declaration, name).calls(),
    ...frontOf(declaration, name),
  ]);
