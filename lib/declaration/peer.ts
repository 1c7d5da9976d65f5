import { z } from 'zod';
import type { DeclarationFinding } from '../errors';
import { didYouMean } from '../text';
import { at, entries, Findings, isRecord, items, keys, words } from './_loose';
import { type HttpOperation, Taint } from './operation';

/**
 * Another agent of the environment, as a tool: it is asked over HTTP through the gateway, and only for the declared
 * operations. Its own calls belong to the caller's run and user; what it may do is what its own declaration says.
 */
export interface Peer<
  A extends string = string,
  O extends Readonly<Record<string, HttpOperation>> = Readonly<Record<string, HttpOperation>>,
> {
  readonly kind: 'peer';
  /** Name of the agent that is asked. */
  readonly agent: A;
  readonly operations: O;
  /** What it answers is its own work and no text of strangers. @default - every answer is Taint.UNTRUSTED */
  readonly trusted?: true;
  /** Asking it may lead back to whoever asks; only the depth of the run ends that. @default - a cycle is refused */
  readonly recursive?: true;
}

/** Makes {@link Peer}s. */
export const Peer = {
  /**
   * Another agent, asked through the gateway.
   * @param agent an agent of the same environment
   * @param props.operations with the routes that it serves; what comes back is untrusted unless `trusted` says otherwise
   */
  agent: <const A extends string, const O extends Readonly<Record<string, HttpOperation>>>(
    agent: A,
    props: { readonly operations: O; readonly trusted?: true; readonly recursive?: true },
  ): Peer<A, O> => ({
    ...props,
    kind: 'peer',
    agent,
    operations: (props.trusted === true
      ? props.operations
      : Object.fromEntries(Object.entries(props.operations).map(([name, o]) => [name, untrusted(o)]))) as O,
  }),
} as const;

const untrusted = (operation: HttpOperation): HttpOperation => ({
  ...operation,
  returns: [...new Set([...operation.returns, Taint.UNTRUSTED])],
});

/** Tools whose peers are agents of the environment: the name of another one does not compile. */
export type PeersAmong<T, A extends string> = {
  readonly [K in keyof T]: T[K] extends { readonly kind: 'peer'; readonly agent: infer P }
    ? P extends A
      ? T[K]
      : Peer<A>
    : T[K];
};

export const peerFields = {
  kind: z.literal('peer'),
  agent: z.string(),
  trusted: z.literal(true).optional(),
  recursive: z.literal(true).optional(),
};

const isPeer = (tool: unknown): boolean => at(tool, 'kind') === 'peer';

/** Whom each agent may ask, in data that may be broken elsewhere; calls that are declared to lead back are left out. */
const asked = (env: unknown): Map<string, readonly string[]> =>
  new Map(
    entries(at(env, 'agents')).map(([name, agent]) => [
      name,
      words(at(agent, 'tools')).flatMap(([, operation]) => {
        const peer = at(env, 'tools', operation.split('.')[0] ?? '');
        const other = at(peer, 'agent');
        return isPeer(peer) && typeof other === 'string' && at(peer, 'recursive') !== true ? [other] : [];
      }),
    ]),
  );

/** The first way that leads from an agent back to itself, over agents that were not looked at before. */
const cycleFrom = (
  name: string,
  graph: ReadonlyMap<string, readonly string[]>,
  done: Set<string>,
  path: readonly string[] = [],
): readonly string[] | undefined => {
  if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
  if (done.has(name)) return undefined;
  for (const next of graph.get(name) ?? []) {
    const found = cycleFrom(next, graph, done, [...path, name]);
    if (found !== undefined) return found;
  }
  done.add(name);
  return undefined;
};

const cycles = (env: unknown, out: Findings): void => {
  const graph = asked(env);
  const done = new Set<string>();
  for (const name of graph.keys()) {
    const cycle = cycleFrom(name, graph, done);
    // To ask oneself is told where it stands.
    if (cycle === undefined || cycle.length === 2) continue;
    out.tell(
      `agents.${cycle[0]}.tools`,
      cycle.join(' → '),
      'agents that do not ask one another in a circle',
      'remove one of these calls, or declare it with recursive: true, so that the depth of a run alone ends it',
    );
    return;
  }
};

const operations = (path: string, peer: unknown, out: Findings): void => {
  if (at(peer, 'trusted') === true) return;
  for (const [name, operation] of entries(at(peer, 'operations')))
    if (isRecord(operation) && !items(at(operation, 'returns')).includes(Taint.UNTRUSTED))
      out.add(
        `${path}.operations.${name}.returns`,
        at(operation, 'returns'),
        'Taint.UNTRUSTED: an agent passes on what strangers wrote',
        'make it with Peer.agent(…), or declare the peer with trusted: true',
      );
};

/** What tools that are agents say about the agents: they exist, are others, and do not ask one another in a circle. */
export function peerProblems(env: unknown): DeclarationFinding[] {
  const out = new Findings();
  const agents = keys(at(env, 'agents'));
  for (const [name, tool] of entries(at(env, 'tools'))) {
    const other = at(tool, 'agent');
    if (!isPeer(tool) || typeof other !== 'string') continue;
    const path = `tools.${name}`;
    operations(path, tool, out);
    if (!agents.includes(other))
      out.add(
        `${path}.agent`,
        other,
        `an agent of this environment: ${agents.join(', ') || 'there is none'}`,
        didYouMean(other, agents) ?? 'declare it under agents',
      );
    else
      words(at(env, 'agents', other, 'tools')).forEach(([i, operation]) => {
        if (operation.startsWith(`${name}.`))
          out.add(
            `agents.${other}.tools[${i}]`,
            operation,
            'an operation of somebody else: this one asks the agent itself',
            'remove it; what an agent does by itself needs no call',
          );
      });
  }
  cycles(env, out);
  return out.all;
}
