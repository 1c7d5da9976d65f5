import type { GovernorConfig } from '../../../contract/governor';
import type { Address } from '../../state';
import type { History } from '../history';
import type { Run, RunStore } from '../identify/runs';
import type { Recorder } from '../record';

/** Whether a run goes on; `unknown` while the store cannot be asked, which is a no. */
export type RunState = Run['state'] | 'unknown';

/** Who changed a run, and why: it goes on record. */
export interface Turn {
  readonly by: { readonly issuer: string; readonly subject: string };
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Runs with what people may do to them. Each change holds for every replica from the moment it resolves. */
export interface RunControl extends RunStore {
  /** Open ⇒ paused: its calls are held. @returns what it is now; undefined if there is no such run */
  pause(run: string, turn: Turn): Promise<Run['state'] | undefined>;
  /** Paused ⇒ open. @returns what it is now; undefined if there is no such run */
  resume(run: string, turn: Turn): Promise<Run['state'] | undefined>;
  /** For good. @returns what it is now; undefined if there is no such run */
  stop(run: string, turn: Turn): Promise<Run['state'] | undefined>;
  /** Forgets runs that expired before a time, in milliseconds since 1970. @returns how many */
  expire(before: number): Promise<number>;
  /**
   * Tells the state of a run now and at every change, for as long as a call of it is held or streams.
   * @returns ends it
   */
  watch(run: string, told: (state: RunState) => void): () => void;
}

/** Everything that a governor leans on which outlives it. */
export interface Store {
  readonly recorder: Recorder;
  readonly history: History;
  readonly runs: RunControl;
  /** @throws StateError, with the reason, while nothing could be decided or recorded */
  ready(): Promise<void>;
  /** Records what waits, then lets go. */
  close(): Promise<void>;
}

export interface StoreOptions {
  /** Which replica records: its pod's name. */
  readonly replica: string;
  /** @default - the database of the configuration */
  readonly address?: Address | string;
  /** File on another volume that keeps denials and outcomes while the database is away. @default - none */
  readonly spool?: string;
}

/**
 * Opens the store of an environment, and brings its database to this version.
 * @throws StateError when it cannot be reached, is not durable, or is not one
 */
export declare function openStore(
  config: Pick<GovernorConfig, 'environment' | 'state' | 'tls' | 'agents'>,
  options: StoreOptions,
): Promise<Store>;
