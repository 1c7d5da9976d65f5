import { expect, test } from '@jest/globals';
import { SpanStatusCode } from '@opentelemetry/api';
import { InMemorySpanExporter, type SpanExporter } from '@opentelemetry/sdk-trace';
import { Registry } from 'prom-client';
import type { Delivery } from '../../../services/common/collector';
import { spansOf } from '../../../services/ledger/metrics';
import { LedgerTelemetry } from '../../../services/ledger/telemetry';

const config = { endpoint: { host: 'localhost', port: 9 }, service: 'firepit-ledger', environment: 'desk' };
const telemetry = (exporter?: (delivery: Delivery) => SpanExporter) => {
  const registry = new Registry();
  const spans = spansOf(registry);
  return {
    registry,
    told: new LedgerTelemetry({ config, instance: 'ledger-0', spans, ...(exporter === undefined ? {} : { exporter }) }),
  };
};
/** Keeps what it gets, also after it was told to end. */
class Kept extends InMemorySpanExporter {
  override shutdown = async (): Promise<void> => {};
}
const at = { began: 1_000, ended: 1_250 };

test('a step that signed is a span, one without anything to sign is none', async () => {
  const exporter = new Kept();
  const { told } = telemetry(() => exporter);
  told.stepped({ ...at, signed: 0, size: 7 });
  told.stepped({ ...at, signed: 3, size: 10 });
  await told.stop();
  const [span, ...others] = exporter.getFinishedSpans();
  expect(others).toEqual([]);
  expect(span).toMatchObject({
    name: 'ledger.sign',
    startTime: [1, 0],
    endTime: [1, 250_000_000],
    attributes: { 'firepit.ledger.signed': 3, 'firepit.ledger.size': 10 },
    status: { code: SpanStatusCode.UNSET },
  });
  expect(span?.resource.attributes).toMatchObject({
    'service.name': 'firepit-ledger',
    'service.instance.id': 'ledger-0',
  });
});

test('a step that failed says what kind of failure it was', async () => {
  const exporter = new Kept();
  const { told } = telemetry(() => exporter);
  told.stepped({ ...at, signed: 0, size: 7, failure: 'LogError' });
  await told.stop();
  expect(exporter.getFinishedSpans()).toMatchObject([
    { attributes: { 'error.type': 'LogError' }, status: { code: SpanStatusCode.ERROR } },
  ]);
});

test('a collector that nobody runs costs the span, which is counted, and nothing else', async () => {
  const { told, registry } = telemetry();
  told.stepped({ ...at, signed: 1, size: 1 });
  await told.stop();
  expect(await registry.metrics()).toMatch(/^firepit_telemetry_spans_total\{result="failed"\} 1$/m);
});
