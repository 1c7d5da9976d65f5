import { hash, randomBytes } from 'node:crypto';
import { Denial } from '../denial';
import { type Headers, one } from '../parse/headers';
import type { User } from './user';

/** The header that carries a run's handle: set at the front, brought by the agent at the back. */
export const RUN_HEADER = 'x-firepit-run';

/** The header in which a person is told the run's id, by which it can be stopped. */
export const RUN_ID_HEADER = 'x-firepit-run-id';

/** One piece of work for one user: of the agent that the user asked, and of those that it asks. */
export interface Run {
  /** What records and histories name it by; nobody can make a handle of it. */
  readonly id: string;
  readonly agent: string;
  readonly user: User;
  readonly opened: number;
  readonly expires: number;
  readonly state: 'open' | 'paused' | 'stopped';
  /** Agents through which the question came to this one, the first first. @default - the user asked it */
  readonly through?: readonly string[];
}

/** A handle that an agent was given because another one asked it. */
export interface Handed {
  readonly id: string;
  readonly run: string;
  readonly agent: string;
  readonly through: readonly string[];
}

/** Where runs are kept: the store of the environment, shared by all replicas. */
export interface RunStore {
  /** Resolves once the run is durable. */
  add(run: Run): Promise<void>;
  /** @param lately an open run as it was found before will do @default - as it is now */
  find(id: string, lately?: boolean): Promise<Run | undefined>;
  /** Resolves once the handle is durable. */
  hand(handed: Handed): Promise<void>;
  handed(id: string): Promise<Handed | undefined>;
}

const BYTES = 32;
const HANDLE = /^[A-Za-z0-9_-]{43}$/;
/** One that the governor gave to an agent because another one asked it. */
const HANDED = /^p[A-Za-z0-9_-]{43}$/;

/** The store never sees the handle, so whoever reads the store cannot act in a run. */
const digestOf = (handle: string): string => hash('sha256', handle).slice(0, 32);
const idOf = (handle: string): string => `run-${digestOf(handle)}`;
const handedIdOf = (handle: string): string => `handle-${digestOf(handle)}`;

/** Opens runs at the front and finds them at the back. */
export class Runs {
  constructor(
    private readonly store: RunStore,
    private readonly lifetimeMilliseconds: number,
  ) {}

  /** A new run and its handle, which only this agent can use. */
  async open(agent: string, user: User, now: number): Promise<{ readonly handle: string; readonly run: Run }> {
    const handle = randomBytes(BYTES).toString('base64url');
    const expires = now + this.lifetimeMilliseconds;
    const run: Run = { id: idOf(handle), agent, user, opened: now, expires, state: 'open' };
    await this.store.add(run);
    return { handle, run };
  }

  /** A handle of the same run for an agent whom the run's agent asks; only that agent can use it. */
  async hand(run: Run, agent: string): Promise<string> {
    const handle = `p${randomBytes(BYTES).toString('base64url')}`;
    const through = [...(run.through ?? []), run.agent];
    await this.store.hand({ id: handedIdOf(handle), run: run.id, agent, through });
    return handle;
  }

  /**
   * The run that a call belongs to; undefined where the agent acts on its own. A handle that is not of this agent, or
   * of no run, is a denial and never "on its own": that would give a broken handle more than a stopped run has.
   * @param lately the run as it was found before will do, for a call whose record asks whether it is still open
   */
  async of(headers: Headers, agent: string, now: number, lately = false): Promise<Run | undefined> {
    const handle = one(headers, RUN_HEADER);
    if (handle === undefined) return undefined;
    const run = HANDED.test(handle) ? await this.handed(handle, lately) : await this.opened(handle, lately);
    if (run === undefined || run.agent !== agent || now >= run.expires)
      throw new Denial('run-unknown', 'the handle is not that of a run of this agent, or the run is over');
    if (run.state === 'stopped') throw new Denial('run-stopped', 'somebody stopped this run');
    return run;
  }

  private async opened(handle: string, lately: boolean): Promise<Run | undefined> {
    return HANDLE.test(handle) ? this.store.find(idOf(handle), lately) : undefined;
  }

  /** The person's run, as the agent that was asked last has it. */
  private async handed(handle: string, lately: boolean): Promise<Run | undefined> {
    const handed = await this.store.handed(handedIdOf(handle));
    const run = handed === undefined ? undefined : await this.store.find(handed.run, lately);
    if (handed === undefined || run === undefined) return undefined;
    return { ...run, agent: handed.agent, through: handed.through };
  }
}
