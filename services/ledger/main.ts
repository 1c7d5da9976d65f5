import { parseArgs } from 'node:util';
import { Gauge, Registry } from 'prom-client';
import { ledgerConfig } from '../../contract/ledger';
import { METRICS } from '../../contract/metrics';
import { ConfigurationError, configurationOf } from '../common/configuration';
import { healthServer } from '../common/health';
import { metricsServer } from '../common/metrics';
import { configuredAddress, StateError } from '../state';
import { LedgerService } from './service';

const say = (level: 'info' | 'error', message: string): void => {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), level, service: 'ledger', message })}\n`);
};

/** What others watch: whether the log keeps up, and how long it is. */
const metricsOf = (service: LedgerService): Registry => {
  const registry = new Registry();
  const gauge = (name: string, help: string, value: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  };
  gauge(METRICS.checkpointAge, 'Seconds since the log held everything that was durable.', () => service.checkpointAge);
  gauge('firepit_ledger_entries', 'Entries in the signed log.', () => service.size);
  return registry;
};

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' }, root: { type: 'string' } } });
  const config = configurationOf(values.config ?? '/etc/firepit/ledger.json', ledgerConfig, values.root);
  const service = await LedgerService.start({ config, database: configuredAddress(config) });
  let told: string | undefined;
  const unready = (): string | undefined => {
    const reason = service.unready;
    if (reason !== told) say(reason === undefined ? 'info' : 'error', reason ?? 'the log is signed');
    told = reason;
    return reason;
  };
  const servers = [
    await healthServer(config.listen.health, unready),
    await metricsServer(config.listen.metrics, metricsOf(service)),
  ];
  const end = async (): Promise<void> => {
    await service.stop();
    for (const server of servers) server.close();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void end());
}

main().catch((error: Error) => {
  const known = error instanceof ConfigurationError || error instanceof StateError;
  say('error', known ? error.message : `the ledger cannot start: ${error.message}`);
  process.exitCode = known ? 2 : 1;
});
