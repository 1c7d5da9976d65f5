import { randomBytes } from 'node:crypto';
import { traceparent } from '../../dev/agent';
import { RunByTheRules } from '../../dev/rules';
import type { EnvironmentDeclaration, OpaqueHost } from '../../lib/declaration';
import { tunnelTo } from '../../lib/declaration/opaque-host';
import { opaqueHosts } from '../../lib/declaration/tool';
import type { Call } from './calls';

/** A tunnel as the probe asks for it, and what it does in there before it says which case it is. */
export interface Tunnelling {
  /** Host and port of the CONNECT. */
  readonly to: string;
  /** What the TLS in it names. @default - what is said in it is no TLS */
  readonly name?: string;
  /** Sent first. @default 0 */
  readonly bytes?: number;
  /** How long it is left open, at most, before anything is said. @default 0 */
  readonly seconds?: number;
}

/** How the governor ends a tunnel that it let begin; the client sees no more of it than that it is cut. */
export interface Ending {
  /** Under which the log has the decision about it. */
  readonly trace: string;
  readonly code: 'malformed-message' | 'not-permitted' | 'tunnel-capped';
  /** What its bytes say, both directions together, of which cap it was. @default - its code says all */
  readonly bytes?: (passed: number) => boolean;
}

/** Of a gateway without a decision. */
const UNDECIDED = 503;
const ELSEWHERE = 'not-declared.invalid';
/** How much longer than it may be open a tunnel is watched. */
const SECONDS_MORE = 60;

const hostIn = (to: string): string => to.replace(/:\d+$/, '');
const portIn = (to: string): number => Number(to.slice(to.lastIndexOf(':') + 1));

/** An environment's tunnels, as they are tried for one agent of it. */
class AgentTunnels {
  constructor(
    private readonly declaration: EnvironmentDeclaration,
    private readonly name: string,
  ) {}

  /** To a host that it may tunnel to: one that passes, and beside it what must not. */
  toIts([tool, { at, caps }]: [string, OpaqueHost]): Call[] {
    const to = tunnelTo(at);
    const good = { to, name: hostIn(to) };
    return [
      ...this.asManyAsPass(tool, [
        {
          ...this.call(good),
          id: 'tunnels/allowed',
          threats: [],
          expect: 'allowed',
          what: 'a tunnel to a declared host, with TLS for it',
        },
        this.ended('malformed-message', { to }, { id: 'plain-text', what: 'what is no TLS, in a tunnel' }),
        this.ended('not-permitted', { to, name: ELSEWHERE }, { id: 'other-name', what: 'TLS for another host in it' }),
        this.ended(
          'tunnel-capped',
          { ...good, bytes: caps.bytes },
          { id: 'over-bytes', what: 'more bytes than its cap', bytes: (passed) => passed > caps.bytes },
        ),
        this.ended(
          'tunnel-capped',
          { ...good, seconds: caps.duration.seconds + SECONDS_MORE },
          {
            id: 'over-time',
            what: 'a tunnel that stays open for longer than its cap',
            bytes: (passed) => passed <= caps.bytes,
          },
        ),
      ]),
      this.elsewhere(
        { to: `${ELSEWHERE}:${portIn(to)}`, name: ELSEWHERE },
        'other-host',
        'a host that nobody declared',
      ),
      this.elsewhere(
        { ...good, to: `${hostIn(to)}:${portIn(to) + 1}` },
        'other-port',
        'another port of a declared host',
      ),
      {
        ...this.refused('past-the-gateway', 'the host of its tunnels, connected to past the gateway'),
        control: 'NetworkPolicy',
        threats: ['tunnel-to-anywhere', 'advisory-control-point'],
        past: 'the gateway',
        request: { method: 'GET', path: '/', headers: {} },
      },
      {
        ...this.call(good),
        ...this.refused('undecided', 'a tunnel to a declared host while no governor answers'),
        control: 'Gateway',
        threats: ['tunnel-to-anywhere', 'fails-open'],
        status: UNDECIDED,
        when: 'the governor is away',
      },
    ];
  }

  /** To a host that only others may tunnel to. */
  toOthers([, { at }]: [string, OpaqueHost]): Call {
    const to = tunnelTo(at);
    return {
      ...this.call({ to, name: hostIn(to) }),
      ...this.refused('not-its-host', 'a host that only others may tunnel to, asked for with its own certificate'),
      code: 'not-permitted',
      past: 'the sidecar, as itself',
    };
  }

  private call(tunnel: Tunnelling): Omit<Call, 'id' | 'threats' | 'expect' | 'what'> & { readonly trace: string } {
    const trace = randomBytes(16).toString('hex');
    const request = { method: 'CONNECT', path: tunnel.to, headers: { traceparent: traceparent(trace) } };
    return { control: 'Governor', agent: this.name, tunnel, request, trace };
  }

  private refused(id: string, what: string) {
    const threats = ['tunnel-to-anywhere'];
    return { id: `tunnels/${id}`, what, agent: this.name, expect: 'refused', control: 'Governor', threats } as const;
  }

  /** Let begin, and ended by the governor. */
  private ended(
    code: Ending['code'],
    tunnel: Tunnelling,
    { id, what, ...more }: Pick<Ending, 'bytes'> & { readonly id: string; readonly what: string },
  ): Call {
    const { trace, ...call } = this.call(tunnel);
    return { ...call, ...this.refused(id, what), ends: { trace, code, ...more } };
  }

  /** With the certificate that its sidecar has: who took that over has no other way either. */
  private elsewhere(tunnel: Tunnelling, id: string, what: string): Call {
    return {
      ...this.call(tunnel),
      ...this.refused(id, what),
      threats: ['tunnel-to-anywhere', 'undeclared-upstream'],
      code: 'unknown-route',
      past: 'the sidecar, as itself',
    };
  }

  /** Of these tunnels, which the governor lets begin, as many as the agent's rules do. */
  private asManyAsPass(tool: string, calls: readonly Call[]): Call[] {
    const agent = this.declaration.agents[this.name];
    if (agent === undefined) return [];
    const rules = new RunByTheRules(this.declaration, agent);
    return calls.filter(() => rules.next({ operation: `${tool}.connect`, arguments: {} }).effect === 'allow');
  }
}

/** The tunnels that are tried for an agent; none where nothing is tunnelled to. */
export function tunnelsOf(declaration: EnvironmentDeclaration, agent: string): Call[] {
  const { tools = [] } = declaration.agents[agent] ?? {};
  const isIts = ([name]: [string, OpaqueHost]): boolean => (tools as readonly string[]).includes(`${name}.connect`);
  const tunnels = new AgentTunnels(declaration, agent);
  const hosts = opaqueHosts(declaration.tools);
  const used = (name: string): boolean =>
    Object.values(declaration.agents).some((one) => (one.tools as readonly string[]).includes(`${name}.connect`));
  const [own] = hosts.filter(isIts);
  const [other] = hosts.filter((host) => !isIts(host) && used(host[0]));
  return [...(own === undefined ? [] : tunnels.toIts(own)), ...(other === undefined ? [] : [tunnels.toOthers(other)])];
}
