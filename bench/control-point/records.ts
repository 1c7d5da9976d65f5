import type { Row } from '../measure';
import { at, GOVERNED_PATH, RATE, requestsOf } from './ladder';
import { measured } from './load';
import { chat, deniedCorpus, type LoadRequest, toolCall } from './requests';
import { wrongs } from './result';
import type { Counts, Site } from './site';

const CONNECTIONS = 32;
/** One request of so many is one that must be denied. */
const EVERY = 5;

/** What the store has durably. */
export interface Recorded {
  readonly allowed: number;
  readonly denied: number;
  /** Answers of calls that were let through. */
  readonly answered: number;
}

const WHERE = {
  allowed: `kind = 'decision' and entry like '%"effect":"allow"%'`,
  denied: `kind = 'decision' and entry like '%"effect":"deny"%'`,
  answered: `kind = 'outcome'`,
} as const;

/** Counted by the database's administrator, not by what wrote it. */
export const recorded = ({ postgres }: Site): Recorded => {
  const filters = Object.entries(WHERE).map(([name, where]) => `'${name}', count(*) filter (where ${where})`);
  return JSON.parse(postgres.sql(`select json_build_object(${filters.join(', ')}) from firepit.entries`)) as Recorded;
};

/** How often each of some requests, sent in turn, is sent. */
export const times = (requests: number, sent: number, position: number): number =>
  Math.floor(sent / requests) + (position < sent % requests ? 1 : 0);

/** Every so many-th of the allowed is followed by one of the denied. */
export const mixed = <T>(allowed: readonly T[], denied: readonly T[]): T[] =>
  allowed.flatMap((one, i) => {
    const turn = (i + 1) / (EVERY - 1);
    return Number.isInteger(turn) ? [one, denied[(turn - 1) % denied.length] as T] : [one];
  });

interface Before {
  readonly records: Recorded;
  readonly counts: Counts;
}
const now = async (site: Site): Promise<Before> => ({ records: recorded(site), counts: await site.counts() });

/** How far a count is from what it must be. */
const exactly = (name: string, found: number, expected: number): Row => ({
  name,
  value: Math.abs(found - expected),
  unit: 'count',
  goal: 0,
  held: found === expected,
});

/** The upstream must know a forbidden request when it sees one, or its silence says nothing. */
async function assertKnown(site: Site, forbidden: LoadRequest): Promise<void> {
  const before = await site.counts();
  const request = { ...forbidden, path: '/v1/chat/completions', status: 200, contains: '' };
  await measured({ ...at(site.doors.direct), rate: 0, seconds: 1, count: 1, connections: 1, requests: [request] });
  const { forbidden: seen } = await site.counts();
  if (seen !== before.forbidden + 1) throw new Error('the upstream does not know a forbidden request when it sees one');
}

/** Allowed and forbidden requests together, at the rate: what was answered, what got through, what is on record. */
export async function recordRows(site: Site, seconds: number): Promise<Row[]> {
  const door = site.doors.sidecar;
  const allowed = [...requestsOf(door, (headers) => chat(GOVERNED_PATH, headers)), ...requestsOf(door, toolCall)];
  const denied = deniedCorpus({ ...door.headers, 'x-firepit-run': door.runs[0] ?? '' });
  for (const one of denied) await assertKnown(site, one);
  const requests = mixed(allowed, denied);
  const sent = RATE * seconds;
  const isDenied = new Set(denied);
  const refused = requests.reduce((sum, one, i) => sum + (isDenied.has(one) ? times(requests.length, sent, i) : 0), 0);
  const before = await now(site);
  const result = await measured({ ...at(door), rate: RATE, seconds, connections: CONNECTIONS, requests });
  const after = await now(site);
  const forwarded = after.counts.model + after.counts.tools - before.counts.model - before.counts.tools;
  const grown = (name: keyof Recorded): number => after.records[name] - before.records[name];
  const what = `${sent} requests, ${refused} of them forbidden`;
  for (const [wrong, often] of Object.entries(result.wrong)) process.stderr.write(`${often} × ${wrong}\n`);
  return [
    exactly(`${what}: answered otherwise than expected`, wrongs(result), 0),
    exactly(`${what}: forbidden ones at the upstream`, after.counts.forbidden - before.counts.forbidden, 0),
    exactly(`${what}: forwarded, more or less than the ${sent - refused} allowed`, forwarded, sent - refused),
    exactly(`${what}: forwarded without a durable decision, or the other way round`, grown('allowed'), forwarded),
    exactly(`${what}: refused without a durable decision, or the other way round`, grown('denied'), refused),
    exactly(`${what}: answered without a durable outcome, or the other way round`, grown('answered'), forwarded),
  ];
}
