import { type DecisionEntry, type Entry, type EventEntry, entry as entrySchema, type OutcomeEntry } from '../contract';
import { visible } from './visible';

/** An entry as it stands in a log. */
export interface Found {
  readonly index: number;
  readonly text: string;
  /** Absent: written by a version that this one does not know, or by hand. */
  readonly entry?: Entry;
}

export function foundAt(index: number, bytes: Buffer): Found {
  const text = bytes.toString('utf8');
  try {
    const parsed = entrySchema.safeParse(JSON.parse(text));
    return parsed.success ? { index, text, entry: parsed.data } : { index, text };
  } catch {
    return { index, text };
  }
}

const list = (items: readonly string[], none: string): string => (items.length === 0 ? none : items.join(', '));
const took = (microseconds: number | undefined): string[] =>
  microseconds === undefined ? [] : [`in ${(microseconds / 1000).toFixed(1)} ms`];

const passed = ({ sent, received, milliseconds }: NonNullable<OutcomeEntry['how']['tunnel']>): string =>
  `a tunnel: ${sent} bytes there and ${received} back in ${(milliseconds / 1000).toFixed(1)} s, read by nobody`;

const whoOf = ({ agent, user, run }: Entry['who']): string =>
  [
    agent === undefined ? 'no agent' : `agent ${agent}`,
    user === undefined ? 'on its own' : `for ${user.subject} (${user.issuer})`,
    ...(run === undefined ? [] : [`run ${run}`]),
  ].join(', ');

const EFFECT = { allow: 'allowed', deny: 'denied', needs_approval: 'held for approval' } as const;

function askedBy({ askedBy: turn, block }: DecisionEntry['why']): string[] {
  if (turn === undefined) return [];
  if (turn === null) return ['no model turn asked for it'];
  return [`asked for by model turn ${turn}${block === undefined ? '' : `, in its tool call ${block + 1}`}`];
}

const agreed = ({ approval, proposal }: DecisionEntry['why']): string[] => [
  ...(approval === undefined ? [] : [`approval ${approval}`]),
  ...(proposal === undefined ? [] : [`an approval is bound to ${proposal}`]),
];

const decided = ({ what, where, why, how }: DecisionEntry): [string, string[]][] => [
  [
    'what',
    [
      `${what.operation}${what.effect === undefined ? '' : ` (${what.effect}, ${what.reach ?? 'reach unknown'})`}`,
      ...(what.model === undefined ? [] : [`model ${what.model}`]),
      ...(what.returns === undefined || what.returns.length === 0 ? [] : [`may return: ${what.returns.join(', ')}`]),
      ...(what.arguments === undefined ? [] : [`arguments ${what.arguments}`]),
      ...(what.body === undefined ? [] : [`body ${what.body}`]),
    ],
  ],
  [
    'where',
    [
      where.direction === 'front' ? 'a person to the agent' : 'the agent to the outside',
      [where.method, where.path, where.upstream === undefined ? undefined : `at ${where.upstream}`]
        .filter((part) => part !== undefined)
        .join(' ') || 'no address',
    ],
  ],
  [
    'why',
    [
      `${EFFECT[why.effect]} (${why.code}): ${why.reason}`,
      `policies: ${list(why.policies, 'none')}`,
      ...(why.facts.length === 0 ? [] : [`facts: ${why.facts.join(', ')}`]),
      ...askedBy(why),
      ...(why.claim === undefined ? [] : [`what the model said it wants: ${why.claim}`]),
      ...agreed(why),
      ...(why.sequenceHead === undefined ? [] : [`after ${why.sequenceHead} of its sequence`]),
    ],
  ],
  [
    'how',
    [
      [how.protocol, `guard: ${list(how.guard, 'nothing found')}`, ...took(how.microseconds)].join(', '),
      ...(how.trace === undefined ? [] : [`trace ${how.trace}`]),
    ],
  ],
];

const became = ({ what, why, how }: OutcomeEntry): [string, string[]][] => [
  [
    'what',
    [
      `${what.operation === undefined ? '' : `${what.operation}: `}${what.status === 0 ? 'no answer' : `status ${what.status}`}, ${what.withheld ? 'withheld' : 'handed on'}`,
      ...(what.taint.length === 0 ? [] : [`taint: ${what.taint.join(', ')}`]),
      ...(what.result === undefined ? [] : [`result ${what.result}`]),
      ...(what.claims === undefined ? [] : [`what the model asked for: ${what.claims}`]),
    ],
  ],
  ['why', [`${why.code}: ${why.reason}`, ...(why.facts.length === 0 ? [] : [`facts: ${why.facts.join(', ')}`])]],
  [
    'how',
    [
      [`guard: ${list(how.guard, 'nothing found')}`, ...took(how.microseconds)].join(', '),
      ...(how.tunnel === undefined ? [] : [passed(how.tunnel)]),
    ],
  ],
];

const happened = ({ what, why }: EventEntry): [string, string[]][] => [
  ['what', [`${what.event}: ${what.subject}`]],
  ['why', [why.reason, ...(why.facts.length === 0 ? [] : [`facts: ${why.facts.join(', ')}`])]],
];

const rowsOf = (entry: Entry): [string, string[]][] =>
  entry.kind === 'decision' ? decided(entry) : entry.kind === 'outcome' ? became(entry) : happened(entry);

/** An entry in words: who, what, where, why, how. */
export function inWords({ index, text, entry }: Found): string {
  if (entry === undefined) return `entry ${index}, which this version does not understand\n  ${visible(text)}`;
  const { recorder, environment, time, kind, id } = entry;
  const rows: [string, string[]][] = [
    ['who', [whoOf(entry.who)]],
    ...rowsOf(entry),
    [
      'record',
      [`entry ${index}, ${time}, ${environment}, by ${[recorder.part, recorder.replica].filter(Boolean).join(' ')}`],
    ],
  ];
  const lines = rows.flatMap(([title, texts]) =>
    texts.map((line, i) => `  ${(i === 0 ? title : '').padEnd(6)}  ${visible(line)}`),
  );
  return [`${kind} ${id}`, ...lines].join('\n');
}

/** An entry on one line. */
export function inOneLine({ index, text, entry }: Found): string {
  if (entry === undefined) return `${index}  ?  ${visible(text.slice(0, 200))}`;
  const { agent = '-', user } = entry.who;
  const what =
    entry.kind === 'decision'
      ? `${EFFECT[entry.why.effect]}  ${entry.what.operation}  ${entry.why.code}: ${entry.why.reason}`
      : entry.kind === 'outcome'
        ? `outcome  ${entry.what.status}  of ${entry.decision}`
        : `${entry.what.event}  ${entry.what.subject}`;
  const id = entry.kind === 'decision' ? `  ${entry.id}` : '';
  return visible(`${index}  ${entry.time}  ${agent}${user === undefined ? '' : ` for ${user.subject}`}  ${what}${id}`);
}
