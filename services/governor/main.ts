import { parseArgs } from 'node:util';
import { ConfigurationError } from '../common/configuration';
import { onEnd, stayUnready } from '../common/unready';
import { type Configuration, readConfiguration } from './configuration';
import { Log } from './server/log';
import { GovernorService } from './server/service';

/**
 * The governor: `main --config FILE [--root FOLDER]`.
 * Exit codes: 0 after SIGTERM or SIGINT, 1 when it fell, 2 when it was called wrongly. A file that it cannot run on is
 * no reason to end: it stays, is never ready, and says why, so that a rollout stops there.
 */
const DEFAULT_FILE = '/etc/firepit/config/governor.json';

const log = new Log();

const notEnded = (error: Error): void => log.line('error', 'not ended well', { reason: error.message });

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' }, root: { type: 'string' } } });
  const file = values.config ?? DEFAULT_FILE;
  let configuration: Configuration;
  try {
    configuration = readConfiguration(file, values.root);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    log.line('error', 'configuration not ready', { reason: error.message });
    return stayUnready(file, error.message, notEnded);
  }
  const service = new GovernorService({ configuration, log });
  onEnd(() => service.stop(), notEnded);
  await service.start();
}

// What nobody expected ends the process, and a governor that is not there lets nothing through. Its message stays out of
// the log: it may quote what somebody sent.
for (const event of ['uncaughtException', 'unhandledRejection'] as const)
  process.on(event, (error: Error) => {
    log.line('error', 'fell', { reason: error?.name ?? 'unknown' });
    process.exit(1);
  });

main().catch((error: NodeJS.ErrnoException) => {
  const called = error.code?.startsWith('ERR_PARSE_ARGS') === true;
  log.line('error', called ? 'called wrongly' : 'cannot start', { reason: error.message });
  process.exitCode = called ? 2 : 1;
});
