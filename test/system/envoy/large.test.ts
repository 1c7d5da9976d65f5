import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readAnchored } from '../../../lib/anchors';
import { contextOf } from '../../../lib/context';
import { GATEWAY_MEMORY, gatewayFiles } from '../../../lib/gateway/gateway-bootstrap';
import { LARGE, large } from '../../support/large';
import { mountAll } from './mounted';
import { Pki } from './pki';
import { emptied, freePorts, get, RunningEnvoy, validate, writeConfig } from './run';

const root = mkdtempSync(join(tmpdir(), 'firepit-large-'));
const pki = new Pki(join(root, 'pki'));
const files = gatewayFiles(contextOf(large(LARGE)));
afterAll(() => rmSync(root, { recursive: true, force: true }));

// biome-ignore lint/suspicious/noExplicitAny: Envoy's own words
type Any = any;

/** What Envoy says of itself, on the socket that no other pod mounts. */
const told = (directory: string, path: string): Promise<string> =>
  new Promise((done, failed) => {
    const asked = request({ socketPath: join(directory, 'var/run/envoy/admin.sock'), path }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += chunk));
      answer.on('end', () => done(text));
    });
    asked.on('error', failed);
    asked.end();
  });

/** Each takes two of the 128 inotify instances that Linux gives all processes of a user where nobody raised it. */
const CREDENTIALS = 20;
const few = (config: Any): Any => {
  const injects = ({ name }: Any): boolean => name === 'envoy.filters.http.credential_injector';
  const options = config.static_resources.clusters.flatMap((c: Any) =>
    Object.values(c.typed_extension_protocol_options ?? {}),
  );
  const injecting = options.filter((one: Any) => one.http_filters?.some(injects));
  expect(injecting.length).toBeGreaterThan(LARGE.tools);
  for (const one of injecting.slice(CREDENTIALS)) one.http_filters = one.http_filters.filter((f: Any) => !injects(f));
  delete config.admin.allow_paths;
  return config;
};

interface Started {
  /** Clusters and listeners, as Envoy read them. */
  readonly configured: Any;
  readonly allocated: number;
}

/** Starts the gateway of the large environment. @param rewrite what becomes of its file before */
const started = async (name: string, rewrite: (text: string) => string): Promise<Started> => {
  const directory = emptied(join(root, name));
  mountAll(directory, files, pki);
  const [front, back, health, metrics] = (await freePorts(4)) as [number, number, number, number];
  const places = { root: directory, ports: { 8443: front, 9443: back, 8081: health, 9090: metrics }, hosts: {} };
  const bootstrap = writeConfig(files, places, few);
  writeFileSync(bootstrap, rewrite(readFileSync(bootstrap, 'utf8')));
  const envoy = new RunningEnvoy(bootstrap);
  try {
    await envoy.until('it lives', async () => (await get(health, '/live')) === 200, 120);
    const { configs } = JSON.parse(await told(directory, '/config_dump')) as Any;
    const { static_resources: resources } = configs.find((one: Any) => one.bootstrap !== undefined).bootstrap;
    const placeless = JSON.stringify(resources)
      .replaceAll(directory, '')
      .replace(/"port_value":(\d+)/g, (all, port) =>
        [front, back, health, metrics].includes(Number(port)) ? '"port_value":0' : all,
      );
    const { allocated } = JSON.parse(await told(directory, '/memory')) as Any;
    return { configured: JSON.parse(placeless), allocated: Number(allocated) };
  } finally {
    await envoy.stop();
  }
};

describe('the gateway of 50 agents and 200 tools with 2,000 operations', () => {
  let asWritten: Started;
  beforeAll(async () => {
    asWritten = await started('anchors', (text) => {
      expect(() => JSON.parse(text)).toThrow(SyntaxError);
      return text;
    });
  }, 240_000);

  test('starts, and needs a fraction of its memory', () => {
    const text = JSON.stringify(asWritten.configured);
    expect(text).toContain('tools/tool-199.operation-009');
    expect(text).toContain('"agent-agent-049"');
    expect(asWritten.allocated).toBeLessThan(GATEWAY_MEMORY.heap / 2);
  });

  test('Envoy reads in its file what it reads in plain JSON', async () => {
    const plain = await started('plain', (text) => JSON.stringify(readAnchored(text)));
    expect(isDeepStrictEqual(plain.configured, asWritten.configured)).toBe(true);
    const other = await started('other', (text) =>
      text.replace('"failure_mode_allow": false', '"failure_mode_allow": true'),
    );
    expect(isDeepStrictEqual(other.configured, asWritten.configured)).toBe(false);
  }, 240_000);

  test.each([
    ['cut off', (text: string) => text.slice(0, text.length / 2)],
    ['with an alias of nothing', (text: string) => text.replace(/\*a\d+/, '*a0')],
    [
      'with a setting that Envoy does not know',
      (text: string) => text.replace('"connect_timeout"', '"connect_timeot"'),
    ],
  ])('%s, it is refused', (_what, change) => {
    const directory = emptied(join(root, 'broken'));
    mountAll(directory, files, pki);
    const bootstrap = writeConfig(files, { root: directory, ports: {}, hosts: {} }, few);
    expect(validate(bootstrap)).toEqual({ ok: true, output: '' });
    writeFileSync(bootstrap, change(readFileSync(bootstrap, 'utf8')));
    expect(validate(bootstrap).ok).toBe(false);
  });
});
