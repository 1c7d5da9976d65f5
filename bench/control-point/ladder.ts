import { compared, type Row, round, spreadOf } from '../measure';
import { measured, type Plan } from './load';
import { chat } from './requests';
import { assertValid, Invalid, merged, milliseconds, type Result } from './result';
import { RIVALS } from './rivals';
import type { Door, Site } from './site';

/** Requests a second of every rung but LiteLLM's, which cannot take as many from one worker. */
export const RATE = 200;
const LITELLM_RATE = 50;
/** So many that a slow answer does not keep the next request waiting for a connection. */
const CONNECTIONS = 32;
/** A round that was the generator's fault is done again, this often. */
const ATTEMPTS = 3;

/** Goals at the rate, with everything on and durable, in milliseconds over bare Envoy. */
const ADDED = { p50: 2, p99: 5 } as const;
const QUANTILES = { p50: 0.5, p99: 0.99 } as const;
type Quantile = keyof typeof QUANTILES;

const DIRECT_PATH = '/v1/chat/completions';
export const GOVERNED_PATH = '/models/gpt/v1/chat/completions';

/** The requests of a door, one for each of its runs. */
export const requestsOf = (
  { runs, headers }: Door,
  make: (headers: Readonly<Record<string, string>>) => Plan['requests'][number],
): Plan['requests'] =>
  runs.length === 0 ? [make(headers)] : runs.map((run) => make({ ...headers, 'x-firepit-run': run }));

export const at = ({ url, tls }: Door): Pick<Plan, 'url' | 'tls'> => (tls === undefined ? { url } : { url, tls });

interface Rung {
  readonly name: string;
  readonly plan: Omit<Plan, 'seconds'>;
}

const rung = (name: string, door: Door, path: string): Rung => ({
  name,
  plan: {
    ...at(door),
    rate: RATE,
    connections: CONNECTIONS,
    requests: requestsOf(door, (headers) => chat(path, headers)),
  },
});

export const NAMES = {
  direct: 'direct',
  bare: 'bare Envoy',
  ungoverned: 'gateway that asks nobody',
  undurable: 'gateway and governor, nothing durable',
  gateway: 'gateway and governor, durable',
  sidecar: 'sidecar, gateway and governor, durable',
} as const;

/** The same request by every way there is. */
export function rungsOf({ doors, rivals }: Site): Rung[] {
  const own = (Object.keys(NAMES) as (keyof typeof NAMES)[]).map((name) =>
    rung(NAMES[name], doors[name], name === 'direct' || name === 'bare' ? DIRECT_PATH : GOVERNED_PATH),
  );
  const others = [...rivals].map(([name, { url, path, headers }]): Rung => {
    const { plan } = rung(name, { url, headers, runs: [] }, path);
    return name === 'litellm'
      ? { name: `${RIVALS[name].title}, at ${LITELLM_RATE}/s`, plan: { ...plan, rate: LITELLM_RATE } }
      : { name: RIVALS[name].title, plan };
  });
  return [...own, ...others];
}

/** @throws Invalid when the generator was the limit each time */
export async function measuredValid(what: string, plan: Plan): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    const result = await measured(plan);
    try {
      assertValid(result);
      return result;
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      if (attempt === ATTEMPTS)
        throw new Invalid(
          `the run is invalid: ${what}: ${error.message}, ${ATTEMPTS} times\n  fix: run it while the machine has nothing else to do`,
        );
    }
  }
}

/** Every rung in turn, round by round, so that a busy moment of the machine meets all of them alike. */
export async function climb(
  rungs: readonly Rung[],
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Promise<ReadonlyMap<string, readonly Result[]>> {
  const results = new Map<string, Result[]>(rungs.map(({ name }) => [name, []]));
  for (let round_ = 0; round_ < rounds; round_++)
    for (const { name, plan } of rungs) results.get(name)?.push(await measuredValid(name, { ...plan, seconds }));
  return results;
}

type Results = ReadonlyMap<string, readonly Result[]>;

const of = (results: Results, name: string, quantile: Quantile): number =>
  milliseconds(merged(results.get(name) ?? []).latencies, QUANTILES[quantile]);

/** A quantile over all rounds, with the smallest and the largest of a round. */
function latencyRow(results: Results, name: string, quantile: Quantile): Row {
  const rounds = (results.get(name) ?? []).map(({ latencies }) => milliseconds(latencies, QUANTILES[quantile]));
  const { min, max } = spreadOf(rounds);
  const [value, baseline] = [of(results, name, quantile), of(results, NAMES.bare, quantile)];
  return {
    name: `${name}, ${quantile}`,
    value: round(value),
    unit: 'ms',
    spread: [round(min), round(max)],
    baseline: round(baseline),
    ratio: round(value / baseline),
    held: true,
  };
}

function addedRow(results: Results, name: string, quantile: Quantile): Row {
  const added = of(results, name, quantile) - of(results, NAMES.bare, quantile);
  const goal = ADDED[quantile];
  return {
    name: `added over bare Envoy: ${name}, ${quantile}`,
    value: round(added),
    unit: 'ms',
    goal,
    held: added <= goal,
  };
}

/** Without Portkey in the same run the goal is not reached: nobody knows. */
function againstPortkey(results: Results, quantile: Quantile): Row {
  const name = `${NAMES.sidecar}, against Portkey in the same run, ${quantile}`;
  const own = of(results, NAMES.sidecar, quantile);
  const other = of(results, RIVALS.portkey.title, quantile);
  const spread = { median: own, min: own, max: own };
  if (Number.isNaN(other)) return { name, value: round(own), unit: 'ms', goal: 1, held: false };
  return compared(name, spread, { median: other, min: other, max: other }, 1);
}

/** What the ladder says, and whether its goals are reached. */
export function ladderRows(results: Results): Row[] {
  const both = ['p50', 'p99'] as const;
  return [
    ...[...results.keys()].flatMap((name) => both.map((quantile) => latencyRow(results, name, quantile))),
    ...[NAMES.gateway, NAMES.sidecar].flatMap((name) => both.map((quantile) => addedRow(results, name, quantile))),
    ...both.map((quantile) => againstPortkey(results, quantile)),
  ];
}
