import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Row, round } from '../measure';

/** A profile as `node --cpu-prof` writes it: https://nodejs.org/api/cli.html#--cpu-prof */
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Parts of the governor by where their code is; the innermost frame that belongs to one decides. */
const PARTS: readonly (readonly [part: string, where: RegExp])[] = [
  ['memory management', /^\(garbage collector\)$/],
  ['policies (Cedar)', /^wasm:|@cedar-policy\/|governor\/authorize\//],
  ['the guard (secretlint)', /@secretlint\/|governor\/guard\//],
  ['database client', /node_modules\/pg|services\/state\/(postgres|recorder|sink|runs|steps|entries)\./],
  ['entries and bodies of the record', /node_modules\/(zod|ajv|canonicalize)\/|services\/(state|governor\/store)\//],
  ['identity', /node_modules\/jose\/|governor\/identify\//],
  ['sequence', /governor\/sequence\//],
  ['parsing', /governor\/parse\//],
  [
    'telemetry, log and metrics',
    /governor\/telemetry\/|prom-client|opentelemetry|governor\/server\/(log|output|metrics|observed)\./,
  ],
  ['gRPC and its messages', /@grpc\/|protobufjs|governor\/server\//],
  ['network: HTTP/2, TLS, streams', /^node:(internal\/(http2|tls|streams|stream_base)|_tls|net|events|buffer)/],
];

const IDLE = '(idle)';
const STARTING = /^node:internal\/(modules|bootstrap)/;

const partOf = (text: string): string | undefined => PARTS.find(([, where]) => where.test(text))?.[0];

/** Share of its busy time that each part of a process took, in percent, largest first. */
export function sharesOf({ nodes, samples, timeDeltas }: Profile): [part: string, percent: number][] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const placeOf = (id: number): string => {
    const { functionName = '', url = '' } = byId.get(id)?.callFrame ?? {};
    return functionName.startsWith('(') ? functionName : url;
  };
  const ancestry = (id: number): string[] => {
    const places: string[] = [];
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) places.push(placeOf(at));
    return places;
  };
  const totals = new Map<string, number>();
  const known = new Map<number, string | undefined>();
  const classified = (id: number): string | undefined => {
    const places = ancestry(id);
    // What happens once, at the start, is not what a request costs.
    if (places[0] === IDLE || places.some((place) => STARTING.test(place))) return undefined;
    return places.map(partOf).find((part) => part !== undefined) ?? 'the rest';
  };
  samples.forEach((id, i) => {
    if (!known.has(id)) known.set(id, classified(id));
    const part = known.get(id);
    if (part !== undefined) totals.set(part, (totals.get(part) ?? 0) + (timeDeltas[i] ?? 0));
  });
  const busy = [...totals.values()].reduce((sum, time) => sum + time, 0);
  return [...totals].map(([part, time]): [string, number] => [part, (time * 100) / busy]).sort((a, b) => b[1] - a[1]);
}

/** Where the time of the profiled process went. @param folder with its one profile */
export function profileRows(folder: string): Row[] {
  const [file, ...more] = readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'));
  if (file === undefined || more.length > 0)
    throw new Error(
      `${folder}: found ${more.length + (file === undefined ? 0 : 1)} profiles; expected: one, of this run`,
    );
  return sharesOf(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Profile).map(([part, percent]) => ({
    name: `of the governor's time: ${part}`,
    value: round(percent),
    unit: '%',
    held: true,
  }));
}
