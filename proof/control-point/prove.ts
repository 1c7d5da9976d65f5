import type { Entry } from '../../contract';
import type { EnvironmentDeclaration } from '../../lib/declaration';
import type { Manifest } from '../../lib/synth/object';
import { type Kubernetes, until } from '../network/cluster';
import { worst } from '../proof';
import type { Result } from '../verdict';
import { approvalsOf } from './approvals';
import { type Call, callsOf } from './calls';
import { judgeEnding } from './endings';
import type { Images } from './neighbours';
import { idOf } from './question';
import { entriesOf, judgeLog, type Told, unread } from './records';
import { type Reply, Stage } from './stage';

/** The ledger signs every second what is durable. */
const SECONDS_TO_RECORD = 60;
/** What becomes of a connection that a policy does not let through. */
const NO_WAY = /timeout|refused|unreachable|no route/;
/** How a TLS server says that it wants a certificate (RFC 8446, 6.2), as the probe hears it. */
const NO_CERTIFICATE = /certificate required|bad certificate|handshake failure/;

const resultOf = (call: Call, rest: Pick<Result, 'state' | 'why' | 'evidence'>): Result => ({
  id: call.id,
  control: call.control,
  threats: call.threats,
  what: call.what,
  expect: call.expect,
  on: call.agent,
  ...rest,
});

/** What is wrong with an answer to a call that must pass. */
const notPassed = ({ status, error }: Reply, arrived: boolean): string | undefined => {
  if (status !== 200) return `it was not let through: ${status === 0 ? error : status}`;
  return arrived ? undefined : 'it was answered and did not arrive';
};

/** What is wrong with an answer to a call that must not; undefined where it is the refusal that was meant. */
const notRefused = (call: Call, { status, body, error = '' }: Reply): string | undefined => {
  if (call.code !== undefined) return body.includes(call.code) ? undefined : `it was not refused as ${call.code}`;
  const word = call.control === 'NetworkPolicy' ? NO_WAY : NO_CERTIFICATE;
  const meant = call.status === undefined ? word.test(error) : status === call.status;
  return meant ? undefined : `it was answered with ${status === 0 ? error : status}`;
};

/**
 * What an answer shows of a call.
 * @param arrived whether the upstream saw it
 * @param entries of the log, which says how a tunnel ended @default - it is not known
 */
export function judgeCall(
  call: Call,
  reply: Reply | undefined,
  arrived: boolean,
  entries: readonly Entry[] | string = 'nobody looked',
): Result {
  if (reply === undefined)
    return resultOf(call, { state: 'unproven', why: 'the probe said nothing of it', evidence: '' });
  const { status, body, error = '' } = reply;
  const evidence = `${status === 0 ? error : `${status} ${body.trim()}`}; it ${arrived ? 'arrived' : 'did not arrive'}`;
  if (call.expect === 'refused' && arrived)
    return resultOf(call, { state: 'failed', why: 'it reached its upstream', evidence });
  if (call.ends !== undefined) return resultOf(call, judgeEnding(call.ends, entries));
  const why = call.expect === 'allowed' ? notPassed(reply, arrived) : notRefused(call, reply);
  return resultOf(call, {
    state: why === undefined ? 'proven' : 'failed',
    ...(why === undefined ? {} : { why }),
    evidence,
  });
}

interface Proving {
  readonly cluster: Kubernetes;
  /** A twin (twin.ts), and its finished objects. */
  readonly declaration: EnvironmentDeclaration;
  readonly objects: readonly Manifest[];
  /** @default - nothing is tried */
  readonly images?: Images;
}

interface Recorded {
  readonly results: readonly Result[];
  /** Of the log; or why it cannot be read. */
  readonly entries: readonly Entry[] | string;
}

/** What the ledger has of these calls; asked again until it has all of them, or does not get further. */
async function records(stage: Stage, told: readonly Told[]): Promise<Recorded> {
  const look = (): Recorded => {
    try {
      const files = stage.log();
      return { results: judgeLog(files, stage.signer, told), entries: entriesOf(files, stage.signer) };
    } catch (error) {
      const why = `the log cannot be read: ${error instanceof Error ? error.message : String(error)}`;
      return { results: unread(why), entries: why };
    }
  };
  let seen = look();
  const isWhole = (): true | undefined => {
    seen = look();
    return worst(seen.results) === 'proven' ? true : undefined;
  };
  if (worst(seen.results) !== 'proven') await until('', SECONDS_TO_RECORD, isWhole).catch(() => undefined);
  return seen;
}

/** Every call of the declaration's agents, and of people who ask them, that must pass or must not, made in pods. */
export async function controlPoint({ cluster, declaration, objects, images }: Proving): Promise<Result[]> {
  const calls = callsOf(declaration);
  const unproven = (why: string): Result[] => [
    ...calls.map((call) => resultOf(call, { state: 'unproven', why, evidence: '' })),
    ...unread(why),
    ...approvalsOf(declaration),
  ];
  if (images === undefined) return unproven('calls are made with --call-image <image> and --database-image <image>');
  let stage: Stage | undefined;
  try {
    const opened = new Stage(cluster, declaration, objects, images);
    stage = opened;
    await opened.open();
    const replies = new Map<string, Reply>();
    const ask = async (some: readonly Call[]): Promise<void> => {
      const agents = [...new Set(some.map((call) => call.agent))];
      const said = await Promise.all(
        agents.map((agent) =>
          opened.ask(
            agent,
            some.filter((call) => call.agent === agent),
          ),
        ),
      );
      for (const reply of said.flat()) replies.set(reply.id, reply);
    };
    await ask(calls.filter(({ when, from }) => when === undefined && from === undefined));
    const asked = await opened
      .askFront(calls.filter(({ from }) => from !== undefined))
      .catch((error: Error) => error.message);
    if (typeof asked !== 'string') for (const reply of asked) replies.set(reply.id, reply);
    const passed = calls
      .filter(({ id }) => id === 'calls/allowed')
      .some((call) => replies.get(idOf(call))?.status === 200);
    const told = calls
      .filter(({ when }) => when === undefined)
      .map((call) => ({ call, reply: replies.get(idOf(call)) }));
    const recorded = await records(opened, told);
    if (passed) {
      await opened.silence();
      await ask(calls.filter(({ when }) => when !== undefined));
    }
    const arrived = opened.arrived();
    const judged = calls.map((call) => {
      const id = idOf(call);
      if (call.when !== undefined && !passed)
        return resultOf(call, { state: 'unproven', why: 'nothing passed while the governor was there', evidence: '' });
      if (call.from !== undefined && typeof asked === 'string')
        return resultOf(call, { state: 'unproven', why: `the front could not be asked: ${asked}`, evidence: '' });
      return judgeCall(call, replies.get(id), arrived.has(id), recorded.entries);
    });
    return [...judged, ...recorded.results, ...approvalsOf(declaration)];
  } catch (error) {
    return unproven(`calls could not be made: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    stage?.close();
  }
}
