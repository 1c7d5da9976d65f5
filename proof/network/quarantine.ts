import { LABEL, PORT } from '../../lib/names';
import { type Kubernetes, must, until } from './cluster';
import { type Cell, keyOf } from './matrix';
import type { Party } from './party';
import type { ProbePod } from './pods';
import { ROUND_SECONDS, type Stage } from './stage';

/** What a quarantine did. */
export interface Quarantined {
  /** Connections that were open, and how many milliseconds after the label was asked for the last byte came. */
  readonly died: Readonly<Record<string, number>>;
  /** Connections that outlived it. */
  readonly alive: readonly string[];
  /** Cells of the agent, either way, that were still open in the last round. */
  readonly open: readonly string[];
}

const SECONDS_TO_DIE = 30;
const SECONDS_TO_CHANGE = 120;

interface Held {
  readonly what: string;
  readonly pod: ProbePod;
}

const events = (cluster: Kubernetes, { namespace, name }: ProbePod): { event: string; last?: string }[] =>
  must(cluster, ['logs', '-n', namespace, name])
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));

const family = (target: string): string => (target.includes('[') ? 'IPv6' : 'IPv4');

/** Opens the connections that matter, both ways and in each family, and keeps them busy. */
const hold = async (cluster: Kubernetes, stage: Stage, agent: Party, gateway: Party): Promise<Held[]> => {
  const held: Held[] = [];
  for (const [from, to, port] of [
    [agent, gateway, PORT.back],
    [gateway, agent, PORT.https],
  ] as const)
    for (const target of stage.targets({ from, to, wire: { protocol: 'TCP', port } })) {
      const pod = await stage.add(from, `hold-${held.length}`, ['hold', target]);
      held.push({ what: `${from.id} → ${to.id} ${port}/TCP, ${family(target)}`, pod });
    }
  for (const { what, pod } of held)
    await until(`${what} does not open`, 60, () => (events(cluster, pod).at(-1)?.event === 'open' ? true : undefined));
  return held;
};

/** Waits for the end of each connection. */
const deaths = async (cluster: Kubernetes, held: readonly Held[], labelled: Date) => {
  const died: Record<string, number> = {};
  await until('connections outlive the quarantine', SECONDS_TO_DIE, () => {
    for (const { what, pod } of held) {
      const { event, last } = events(cluster, pod).at(-1) ?? {};
      if (event === 'dead' && last !== undefined) died[what] = new Date(last).getTime() - labelled.getTime();
    }
    return held.every(({ what }) => died[what] !== undefined) ? true : undefined;
  }).catch(() => undefined);
  return { died, alive: held.flatMap(({ what }) => (died[what] === undefined ? [what] : [])) };
};

/** Cells of an agent that are open in rounds that began after `since`. */
const openCells = (stage: Stage, cells: readonly Cell[], agent: Party, since: Date): string[] | undefined => {
  const rounds = stage.rounds(since);
  if (rounds === undefined) return undefined;
  return cells
    .filter(({ from, to }) => from === agent || to === agent)
    .filter((cell) => stage.targets(cell).some((target) => rounds.get(cell.from)?.has(target)))
    .map(keyOf);
};

/** What an agent reaches or is reached by: round after round, until it is as `wanted` or time is up. */
export const openFor = async (
  stage: Stage,
  cells: readonly Cell[],
  agent: Party,
  wanted: (open: readonly string[]) => boolean,
): Promise<readonly string[]> => {
  let open: readonly string[] = ['nothing was measured'];
  let since = new Date();
  const asWanted = (): true | undefined => {
    const found = openCells(stage, cells, agent, since);
    if (found === undefined) return undefined;
    since = new Date();
    open = found;
    return wanted(open) ? true : undefined;
  };
  await until('the agent is as it was', SECONDS_TO_CHANGE, asWanted, ROUND_SECONDS).catch(() => undefined);
  return open;
};

/**
 * Sets the quarantine label on every pod of an agent, and measures what becomes of it: connections that were open, and
 * all that it could reach or be reached by.
 */
export const quarantine = async (
  cluster: Kubernetes,
  stage: Stage,
  cells: readonly Cell[],
  { agent, gateway }: { readonly agent: Party; readonly gateway: Party },
): Promise<Quarantined> => {
  await stage.narrow(cells.filter(({ from, to }) => from === agent || to === agent));
  const held = await hold(cluster, stage, agent, gateway);
  const theirs = [stage.pod(agent, 'listens'), stage.pod(agent, 'watches')];
  const own = held.filter(({ what }) => what.startsWith(agent.id)).map(({ pod }) => pod);
  const pods = [...theirs, ...own];
  const labelled = new Date();
  const namespace = theirs[0]?.namespace ?? '';
  must(cluster, ['label', 'pod', '-n', namespace, ...pods.map(({ name }) => name), `${LABEL.quarantine}=true`]);
  const { died, alive } = await deaths(cluster, held, labelled);
  return { died, alive, open: await openFor(stage, cells, agent, (open) => open.length === 0) };
};
