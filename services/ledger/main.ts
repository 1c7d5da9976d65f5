import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { Registry } from 'prom-client';
import { type LedgerConfig, ledgerConfig } from '../../contract/ledger';
import { ConfigurationError, configurationOf } from '../common/configuration';
import { healthServer } from '../common/health';
import { metricsServer } from '../common/metrics';
import { onEnd, stayUnready } from '../common/unready';
import { configuredAddress, StateError } from '../state';
import { spansOf, watch } from './metrics';
import { LedgerService } from './service';
import { LedgerTelemetry } from './telemetry';

/**
 * The ledger: `main --config FILE [--root FOLDER]`.
 * Exit codes: 0 after SIGTERM or SIGINT, 1 when it cannot start, 2 when the database is not one it can run on. A file
 * that it cannot run on is no reason to end: it stays, is never ready, and says why, so that a rollout stops there.
 */
const DEFAULT_FILE = '/etc/firepit/config/ledger.json';

const say = (level: 'info' | 'error', message: string): void => {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), level, service: 'ledger', message })}\n`);
};

const notEnded = (error: Error): void => say('error', `the ledger did not end well: ${error.message}`);

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' }, root: { type: 'string' } } });
  const file = values.config ?? DEFAULT_FILE;
  let config: LedgerConfig;
  try {
    config = configurationOf(file, ledgerConfig, values.root);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    say('error', error.message);
    return stayUnready(file, error.message, notEnded);
  }
  const metrics = new Registry();
  const telemetry = new LedgerTelemetry({ config: config.telemetry, instance: hostname(), spans: spansOf(metrics) });
  const service = await LedgerService.start({
    config,
    database: configuredAddress(config),
    stepped: (step) => telemetry.stepped(step),
  });
  watch(service, metrics);
  let told: string | undefined;
  const unready = (): string | undefined => {
    const reason = service.unready;
    if (reason !== told) say(reason === undefined ? 'info' : 'error', reason ?? 'the log is signed');
    told = reason;
    return reason;
  };
  const servers = [
    await healthServer(config.listen.health, unready),
    await metricsServer(config.listen.metrics, metrics),
  ];
  onEnd(async () => {
    await service.stop();
    await telemetry.stop();
    for (const server of servers) server.close();
  }, notEnded);
}

main().catch((error: Error) => {
  const known = error instanceof StateError;
  say('error', known ? error.message : `the ledger cannot start: ${error.message}`);
  process.exitCode = known ? 2 : 1;
});
