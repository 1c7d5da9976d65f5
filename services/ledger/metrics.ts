import { Counter, Gauge, type Registry } from 'prom-client';
import { METRICS } from '../../contract/metrics';
import type { LedgerService } from './service';

/** What others watch: whether the log keeps up, and how long it is. */
export const watch = (service: Pick<LedgerService, 'checkpointAge' | 'size'>, registry: Registry): void => {
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
};

/** What became of spans. */
export const spansOf = (registry: Registry): Counter<'result'> =>
  new Counter({
    name: METRICS.spans,
    help: 'Spans of steps, by what became of them.',
    labelNames: ['result'],
    registers: [registry],
  });
