import { Gauge, Registry } from 'prom-client';
import { METRICS } from '../../contract/metrics';
import type { LedgerService } from './service';

/** What others watch: whether the log keeps up, and how long it is. */
export const metricsOf = (service: Pick<LedgerService, 'checkpointAge' | 'size'>): Registry => {
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
  gauge(METRICS.ledgerEntries, 'Entries in the signed log.', () => service.size);
  return registry;
};
