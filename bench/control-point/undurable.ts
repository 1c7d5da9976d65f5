/**
 * A governor that keeps nothing: what durability costs is the difference.
 * usage: undurable --config FILE --root FOLDER --runs FILE   writes handles of open runs into FILE
 */
import { renameSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readConfiguration } from '../../services/governor/configuration';
import { Runs } from '../../services/governor/identify/runs';
import { Log } from '../../services/governor/server/log';
import { GovernorService } from '../../services/governor/server/service';
import { MemoryStore } from '../../test/services/governor/support/store';
import { openRuns } from './runs';

/** Answers what is asked, and forgets what it was told. */
class Forgetful extends MemoryStore {
  override async decision(): Promise<void> {}
  override async outcome(): Promise<void> {}
}

async function main(): Promise<void> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { config: text, root: text, runs: text } });
  const { config = '', root, runs = '' } = values;
  const store = new Forgetful().opened();
  writeFileSync(`${runs}.part`, JSON.stringify(await openRuns(new Runs(store.runs, 24 * 60 * 60_000))));
  renameSync(`${runs}.part`, runs);
  const service = new GovernorService({
    configuration: readConfiguration(config, root),
    log: new Log(),
    open: async () => store,
  });
  await service.start();
}

void main();
