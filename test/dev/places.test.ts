import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLoopbackUpstreams, writeConfig } from '../../dev/places';
import { Isolation } from '../../lib';
import { contextOf } from '../../lib/context';
import { gatewayFiles } from '../../lib/gateway/gateway-bootstrap';
import { sidecarFiles } from '../../lib/gateway/sidecar-bootstrap';
import { changed, desk } from '../support/desk';

const GUARD = 'envoy.filters.http.upstream_rbac';
interface Found {
  readonly name: string;
  readonly typed_config: { readonly rules: { readonly policies: object } };
}
const guards = (value: unknown): Found[] => {
  if (typeof value !== 'object' || value === null) return [];
  if ('name' in value && value.name === GUARD) return [value as Found];
  return Object.values(value).flatMap(guards);
};

test('every upstream may be on loopback and nowhere else, and nothing but that changes', () => {
  const bootstrap = JSON.parse(gatewayFiles(contextOf(desk()))['envoy.yaml'] ?? '');
  const moved = withLoopbackUpstreams(bootstrap);
  expect(guards(bootstrap).length).toBeGreaterThan(2);
  expect(guards(moved)).toHaveLength(guards(bootstrap).length);
  for (const guard of guards(moved)) {
    expect(JSON.stringify(guard)).toContain('"upstream_ip":{"address_prefix":"127.0.0.1","prefix_len":32}');
    expect(JSON.stringify(guard).match(/prefix_len/g)).toHaveLength(1);
  }
  const without = (text: string): string =>
    JSON.stringify(JSON.parse(text), (_, value) => (value?.name === GUARD ? GUARD : value));
  expect(without(JSON.stringify(moved))).toBe(without(JSON.stringify(bootstrap)));
});

test('files that a script names are moved too', () => {
  const root = mkdtempSync(join(tmpdir(), 'firepit-places-'));
  try {
    const walled = changed((d) => Object.assign(d.agents.triage, { isolation: Isolation.gvisor() }));
    const written = writeConfig(sidecarFiles(contextOf(walled), 'triage'), { root, ports: {}, hosts: {} });
    const text = readFileSync(written, 'utf8');
    expect(text).toContain(`io.open(\\"${root}/var/run/firepit/token/token\\"`);
    expect(text.match(/(?<!firepit-places-\w+)\/var\/run\/(envoy|firepit)\//g)).toBeNull();
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
