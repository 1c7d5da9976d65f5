import type { Manifest } from '../../lib/minimum-bar';
import { type Kubernetes, until } from './cluster';
import { type Cell, keyOf, type Matrix } from './matrix';
import type { Party } from './party';
import { ROUND_SECONDS, Stage } from './stage';

/** Tries the targets of each address; which of them are open to it. */
export type FromAddresses = (asked: ReadonlyMap<string, readonly string[]>) => ReadonlyMap<string, ReadonlySet<string>>;

/** What a measurement needs. */
export interface Measuring {
  /** What is asked. */
  readonly cells: readonly Cell[];
  /** The finished objects of the environment. */
  readonly objects: readonly Manifest[];
  /** Image of the probe program. */
  readonly image: string;
  /** The port of the node that the cells ask about. */
  readonly nodePort: number;
  /** What the answer should become: measuring ends early when it has. @default - it waits for two equal rounds */
  readonly expected?: Matrix;
  /** Connects from addresses that no pod has, where the bench can. @default - such cells stay unmeasured */
  readonly from?: FromAddresses;
  /** More to find out while the policies are in force. */
  readonly afterwards?: (stage: Stage) => Promise<void>;
}

/** What was measured. */
export interface Measurement {
  /** Open or closed by connecting, with the policies in force; unmeasurable cells are absent. */
  readonly matrix: Matrix;
  /** Cells that were closed before there was any policy, or that nothing could ask: they would prove nothing. */
  readonly unmeasurable: readonly string[];
  /** Kinds of policies that this cluster does not serve. */
  readonly unserved: readonly string[];
  readonly seconds: { readonly prepared: number; readonly unprotected: number; readonly isolated: number };
}

const SECONDS_TO_OPEN = 240;
const SECONDS_TO_CLOSE = 240;

type Rounds = ReadonlyMap<Party, ReadonlySet<string>>;

/** Measures by connecting. Everything is tried before there is a policy too, so that a closed door is one that a policy closed. */
class Measure {
  constructor(
    private readonly stage: Stage,
    private readonly cells: readonly Cell[],
    private readonly from: Measuring['from'],
  ) {}

  private addresses(): Rounds {
    if (this.from === undefined) return new Map();
    const asked = new Map<string, string[]>();
    const parties = new Map<Party, string>();
    for (const cell of this.cells) {
      const { at } = cell.from;
      if (at.kind === 'pod') continue;
      parties.set(cell.from, at.address);
      asked.set(at.address, [...(asked.get(at.address) ?? []), ...this.stage.targets(cell)]);
    }
    const found = this.from(asked);
    return new Map([...parties].map(([party, address]) => [party, found.get(address) ?? new Set()]));
  }

  /** Open only when every address of the target answers; half open is neither. */
  private matrix(rounds: Rounds): Matrix {
    return new Map(
      this.cells.flatMap((cell): [string, boolean][] => {
        const open = rounds.get(cell.from);
        if (open === undefined) return [];
        const answers = this.stage.targets(cell).map((target) => open.has(target));
        const [first] = answers;
        return first !== undefined && answers.every((answer) => answer === first) ? [[keyOf(cell), first]] : [];
      }),
    );
  }

  /**
   * Measures round after round until it is `enough`, or time is up: then what came last counts.
   * @param once whether a connection that was possible in any round counts, each by itself, so that a busy machine closes no door
   */
  async settle(
    seconds: number,
    enough: (now: Matrix, last: Matrix | undefined) => boolean,
    once = false,
  ): Promise<Matrix> {
    let last: Matrix | undefined;
    let open: Rounds = new Map();
    let since = new Date();
    const attempt = (): Matrix | undefined => {
      const rounds = this.stage.rounds(since);
      if (rounds === undefined) return undefined;
      since = new Date();
      const found = new Map([...rounds, ...this.addresses()]);
      open = once ? either(found, open) : found;
      const now = this.matrix(open);
      const done = enough(now, last);
      last = now;
      return done ? now : undefined;
    };
    return until('probes did not report', seconds, attempt, ROUND_SECONDS).catch((error) => {
      if (last === undefined) throw error;
      return last;
    });
  }
}

const either = (a: Rounds, b: Rounds): Rounds =>
  new Map([...a].map(([party, open]) => [party, new Set([...open, ...(b.get(party) ?? [])])]));
const same = (a: Matrix, b: Matrix | undefined): boolean =>
  b !== undefined && a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
const agrees = (a: Matrix, expected: Matrix, but: ReadonlySet<string>): boolean =>
  [...expected].every(([key, value]) => but.has(key) || a.get(key) === value);

/**
 * Who may reach whom, found by connecting: probe pods with the exact labels of every party, in a copy of the
 * environment's namespaces under its policies. Nothing is executed inside a running pod, so it works on any cluster;
 * each source is a pod of its own beside the listener of the same labels, so that replicas are asked as well.
 */
export const measure = async (cluster: Kubernetes, measuring: Measuring): Promise<Measurement> => {
  const { cells } = measuring;
  const stage = new Stage(cluster, measuring.objects, measuring.image, measuring.nodePort);
  const clock = Date.now();
  const elapsed = (): number => (Date.now() - clock) / 1000;
  try {
    stage.open([...new Set(cells.flatMap(({ from, to }) => [from, to]))]);
    await stage.listen(cells);
    await stage.watch(cells);
    const prepared = elapsed();
    const probe = new Measure(stage, cells, measuring.from);
    const keys = cells.map(keyOf);
    const before = await probe.settle(SECONDS_TO_OPEN, (now) => keys.every((key) => now.get(key) === true), true);
    const unmeasurable = keys.filter((key) => before.get(key) !== true);
    const but = new Set(unmeasurable);
    const unprotected = elapsed();
    const unserved = stage.isolate();
    const { expected } = measuring;
    const after = await probe.settle(SECONDS_TO_CLOSE, (now, last) =>
      expected === undefined ? same(now, last) : agrees(now, expected, but),
    );
    const isolated = elapsed();
    await measuring.afterwards?.(stage);
    return {
      matrix: new Map([...after].filter(([key]) => !but.has(key))),
      unmeasurable,
      unserved,
      seconds: { prepared, unprotected: unprotected - prepared, isolated: isolated - unprotected },
    };
  } finally {
    stage.close();
  }
};
