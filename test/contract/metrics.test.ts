import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { METRICS } from '../../contract';
import { Metrics } from '../../services/governor/server/metrics';
import { spansOf, watch } from '../../services/ledger/metrics';
import { desk } from '../support/desk';
import { kind, objectsOf } from '../support/environment';
import { EXPOSED, exposed } from '../support/exposed';

const all = Object.values(METRICS).sort();

test('what the services expose is what the contract names, by part', async () => {
  expect(exposed(await new Metrics().registry.metrics())).toEqual([...EXPOSED.governor].sort());
  const ledger = new Registry();
  watch({ checkpointAge: 1, size: 2 }, ledger);
  spansOf(ledger);
  expect(exposed(await ledger.metrics())).toEqual([...EXPOSED.ledger].sort());
  expect([...new Set(Object.values(EXPOSED).flat())].sort()).toEqual(all);
});

test('dashboards and alerts look at every metric, and at nothing that nobody exposes', () => {
  const objects = objectsOf(desk());
  const dashboards = kind(objects, 'ConfigMap').filter(({ metadata }) => metadata.name === 'dashboard');
  const alerts = kind(objects, 'PrometheusRule');
  expect([dashboards.length, alerts.length]).toEqual([1, 1]);
  const named = JSON.stringify([dashboards, alerts]).match(/firepit_\w+(?=\{)/g) ?? [];
  expect([...new Set(named.map((name) => name.replace(/_bucket$/, '')))].sort()).toEqual(all);
});

test.each(['approvals', 'warden'])('%s does not run yet: once it does, its page is compared too', (service) =>
  expect(existsSync(join(__dirname, '../../services', service, 'main.ts'))).toBe(false),
);
