import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '../../../services/common/configuration';
import { policyDigest, readConfiguration } from '../../../services/governor/configuration';
import { files } from './support/environment';

type Draft = ReturnType<typeof JSON.parse>;

const root = mkdtempSync(join(tmpdir(), 'firepit-governor-'));
afterAll(() => rmSync(root, { recursive: true }));
const written = files(root);

const started = (change: (config: Draft) => void): (() => unknown) => {
  const config = JSON.parse(written.text);
  change(config);
  const file = join(root, 'changed.json');
  writeFileSync(file, JSON.stringify(config));
  return () => readConfiguration(file, root);
};

test('a governor starts with what lib writes', () => {
  const { config, schema, policies } = readConfiguration(written.file, root);
  expect(Object.keys(config.agents)).toEqual(['triage']);
  expect(policyDigest(schema, policies)).toBe(config.policies.digest);
});

test.each<[string, RegExp, (config: Draft) => void]>([
  ['another version', /version: found 2; expected: 1/, (c) => (c.version = 2)],
  ['no version', /version: found nothing; expected: 1/, (c) => delete c.version],
  ['an unknown key', /\(root\): found .*Unrecognized key: "debug"/, (c) => (c.debug = true)],
  ['a wrong type', /limits\.bodyBytes: found "much"; expected/, (c) => (c.limits.bodyBytes = 'much')],
  ['a guard that watches only', /guard\.user\.mode: found "observe"/, (c) => (c.guard.user.mode = 'observe')],
  ['a model that is not there', /agents\.triage\.models\.0: found "gpt"/, (c) => (c.agents.triage.models = ['gpt'])],
  [
    'an operation that is not there',
    /agents\.triage\.operations\.0: found "a\.b"/,
    (c) => (c.agents.triage.operations = ['a.b']),
  ],
  [
    'a rule on nothing',
    /agents\.triage\.sequence\.0\.operation: found "a\.b"/,
    (c) => (c.agents.triage.sequence[0].operation = 'a.b'),
  ],
  [
    'an order on nothing',
    /sequence\.0\.condition\.other: found "a\.b"[\s\S]*sequence\.0\.condition\.held\.0: found "a\.c"/,
    (c) => {
      const condition = { kind: 'since', operation: 'tickets.reply', other: 'a.b', held: ['a.c'], withinSeconds: 60 };
      c.agents.triage.sequence = [{ id: 'r', kind: 'deny', condition }];
    },
  ],
  [
    'two agents of one identity',
    /agents\.twin\.certificateName: found .* as of triage/,
    (c) => (c.agents.twin = { ...c.agents.triage, serviceAccount: 'system:serviceaccount:a:b' }),
  ],
  [
    'an API that shows definitions',
    /tools\.crm\.operations\.customer\.manifest: found "sha256:1+…?"?; expected: none/,
    (c) => Object.assign(c.tools.crm.operations.customer, { manifest: `sha256:${'1'.repeat(64)}` }),
  ],
  [
    'a tunnel of a tool that is none',
    /tools\.crm\.tunnel: found .*expected: none, because the tool speaks http/,
    (c) => Object.assign(c.tools.crm, { tunnel: { to: 'a.example.com:443', bytes: 1, connections: 1, seconds: 1 } }),
  ],
  [
    'a tunnel without its caps',
    /tools\.packages\.tunnel: found nothing; expected: where it leads and its caps/,
    (c) => Object.assign(c.tools, { packages: { protocol: 'connect', operations: {} } }),
  ],
  [
    'an API without a route',
    /tools\.crm\.operations\.customer\.route: found nothing; expected: a route/,
    (c) => delete c.tools.crm.operations.customer.route,
  ],
  [
    'policies of another digest',
    /policies\.digest: found sha256:0+; expected: sha256:/,
    (c) => (c.policies.digest = `sha256:${'0'.repeat(64)}`),
  ],
])('it does not start with %s, and says why', (_what, why, change) => {
  expect(started(change)).toThrow(ConfigurationError);
  expect(started(change)).toThrow(why);
});

test('nor with a file that is missing, empty, a directory or not UTF-8', () => {
  expect(() => readConfiguration(join(root, 'none.json'))).toThrow(/none\.json: .*\n {2}found: there is no such file/);
  mkdirSync(join(root, 'folder.json'));
  expect(() => readConfiguration(join(root, 'folder.json'))).toThrow(/EISDIR/);
  for (const bytes of [Buffer.alloc(0), Buffer.from([0xff, 0xfe])]) {
    writeFileSync(join(root, 'bad.json'), bytes);
    expect(() => readConfiguration(join(root, 'bad.json'))).toThrow(ConfigurationError);
  }
});
