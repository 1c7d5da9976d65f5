import type { GovernorConfig } from '../../../contract/governor';
import {
  type Address,
  assertReady,
  Recorder as Commit,
  configuredAddress,
  type Database,
  databaseSink,
  migrate,
  openDatabase,
  Spool,
} from '../../state';
import type { History } from '../history';
import type { ManifestStore } from '../manifest';
import type { Recorder } from '../record';
import { draining } from './drain';
import { expiring } from './expire';
import { StoredHistory } from './history';
import { StoredManifests } from './manifests';
import { needsOf } from './needs';
import { StoredRecorder } from './recorder';
import { type RunControl, StoredRuns } from './runs';
import { Sequences } from './sequences';
import { Watch } from './watch';

export type { RunControl, Turn } from './runs';
export { type RunState, WATCH_MILLISECONDS } from './watch';

/** Everything that a governor leans on which outlives it. */
export interface Store {
  readonly recorder: Recorder;
  readonly history: History;
  readonly runs: RunControl;
  readonly manifests: ManifestStore;
  /** @throws StateError or the error of the connection, while nothing could be decided or recorded */
  ready(): Promise<void>;
  /** Records what waits, then lets go. */
  close(): Promise<void>;
}

export interface StoreOptions {
  /** Which replica records: its pod's name. */
  readonly replica: string;
  /** @default - the database of the configuration */
  readonly address?: Address | string;
  /** File on another volume that keeps denials and outcomes while the database is away; see 0027. @default - none */
  readonly spool?: string;
  /** Milliseconds since 1970. @default Date.now */
  readonly clock?: () => number;
  /** Told what went wrong inside, for the log: a denial says only that nothing could be decided. @default - nobody */
  readonly problem?: (error: Error) => void;
}

/** After that long without an answer a sink has failed: with the read before, less than Envoy waits. */
const RECORD_MILLISECONDS = 3_000;

/** The owner lets go last: what PGlite holds in memory lives as long as somebody looks at it. */
async function migrated(address: Address | string): Promise<Database> {
  const owner = await openDatabase(address, 'owner');
  try {
    await migrate(owner);
    return await openDatabase(address, 'writer');
  } finally {
    await owner.close();
  }
}

/**
 * Opens the store of an environment, and brings its database to this version.
 * @throws StateError when it cannot be reached, is not durable, or is not one
 */
export async function openStore(
  config: Pick<GovernorConfig, 'environment' | 'state' | 'tls' | 'agents'>,
  { replica, address = configuredAddress(config), spool: path, clock = Date.now, problem = () => {} }: StoreOptions,
): Promise<Store> {
  const spool = path === undefined ? undefined : await Spool.open(path);
  const database = await migrated(address).catch(async (error: unknown) => {
    await spool?.close();
    throw error;
  });
  const stopDraining = spool === undefined ? async () => {} : draining(spool, database, problem);
  const commit = new Commit([databaseSink(database), ...(spool === undefined ? [] : [spool])], {
    milliseconds: RECORD_MILLISECONDS,
  });
  const { environment, agents } = config;
  const needs = needsOf(agents);
  const scribe = { environment, replica, needs };
  const sequences = new Sequences(needs.window);
  const history = new StoredHistory({ reader: { database, environment, needs }, sequences, clock, problem });
  const watch = new Watch(database, problem);
  const runs = new StoredRuns(database, history, scribe, watch);
  const stopExpiring = expiring(runs, clock, problem);
  return {
    recorder: new StoredRecorder(commit, sequences, scribe, problem),
    history,
    runs,
    manifests: new StoredManifests(database, scribe, problem),
    ready: () => assertReady(database),
    async close() {
      watch.close();
      stopExpiring();
      await commit.idle();
      await stopDraining();
      await spool?.close();
      await database.close();
    },
  };
}
