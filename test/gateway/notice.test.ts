import { describe, expect, test } from '@jest/globals';
import { Isolation } from '../../lib';
import { contextOf } from '../../lib/context';
import { modelSidecarFiles } from '../../lib/gateway/model-sidecar';
import { noticeFilters, toldOf } from '../../lib/gateway/notice';
import { sidecarFiles } from '../../lib/gateway/sidecar-bootstrap';
import { changed } from '../support/desk';
import { plainContracts } from '../support/own-models';
import type { Json } from './read';

const MEMORY = '/var/run/envoy';
const filesUnder = (isolation: Isolation): Record<string, string> =>
  sidecarFiles(contextOf(changed((d) => Object.assign(d.agents.triage, { isolation }))), 'triage');
const secretOf = (files: Record<string, string>, name: string): Json =>
  JSON.parse(files[`sds-${name}.json`] ?? '').resources[0];
/** What a bootstrap waits for before it reads descriptions of secrets again. */
const waitsFor = (files: Record<string, string>): string[] => [
  ...new Set(
    [...(files['envoy.yaml'] ?? '').matchAll(/"watched_directory":\s*\{\s*"path":\s*"([^"]+)"/g)].map(
      (m) => m[1] ?? '',
    ),
  ),
];

test('where the kernel of the node tells a sidecar, nothing is added', () => {
  expect(noticeFilters(Isolation.userNamespace(), 'sidecar')).toEqual([]);
  expect(toldOf(Isolation.userNamespace(), '/mounted')).toBe('/mounted');
  const files = filesUnder(Isolation.userNamespace());
  expect(waitsFor(files)).toEqual(['/var/run/firepit/identity', '/var/run/firepit/token']);
  expect(files['envoy.yaml']).not.toContain('lua');
});

describe.each([Isolation.gvisor(), Isolation.kata()])('under $kind', (isolation) => {
  const files = filesUnder(isolation);

  test('it waits for changes of its own memory alone, and reads what kubelet wrote', () => {
    expect(waitsFor(files)).toEqual([MEMORY]);
    const { tls_certificate: certificate } = secretOf(files, 'identity');
    expect(certificate.certificate_chain.filename).toBe('/var/run/firepit/identity/..data/tls.crt');
    expect(certificate.watched_directory.path).toBe(MEMORY);
    expect(secretOf(files, 'ca').validation_context.watched_directory.path).toBe(MEMORY);
  });

  test('the token is a copy in that memory, which every probe renews before it is answered', () => {
    expect(secretOf(files, 'token').generic_secret.secret.filename).toBe(`${MEMORY}/token`);
    const { listeners } = JSON.parse(files['envoy.yaml'] ?? '').static_resources;
    const health = listeners.find((l: Json) => l.name === 'health').filter_chains[0].filters[0].typed_config;
    expect(health.http_filters.map(({ name }: Json) => name)).toEqual([
      'envoy.filters.http.lua',
      'envoy.filters.http.health_check',
      'envoy.filters.http.router',
    ]);
    const script: string = health.http_filters[0].typed_config.default_source_code.inline_string;
    expect(script).toContain('io.open("/var/run/firepit/token/token", "rb")');
    expect(script).toContain(`os.rename("${MEMORY}/token.new", "${MEMORY}/token")`);
    // No other listener runs it.
    expect(files['envoy.yaml']?.match(/filters\.http\.lua"/g)).toHaveLength(1);
  });
});

test('the sidecar of a model, which has no token, copies its authorities', () => {
  const declaration = structuredClone(plainContracts()) as Json;
  const [[name, model]] = Object.entries<Json>(declaration.models) as [[string, Json]];
  model.server.isolation = Isolation.gvisor();
  const files = modelSidecarFiles(contextOf(declaration), name, model);
  expect(waitsFor(files)).toEqual([MEMORY]);
  expect(files['envoy.yaml']).toContain('/var/run/firepit/identity/ca.crt');
  expect(files['envoy.yaml']).not.toContain('/var/run/firepit/token');
});
