import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { program } from '../../cli/main';
import { report } from '../../cli/report';
import { vkeyOf } from '../../services/ledger';
import { Log } from '../../services/ledger/log';
import { canonical } from '../../services/state/canonical';
import { folders, newSigner } from '../services/ledger/example';
import { decision, outcome } from '../services/state/example';

const folder = folders();
const signer = newSigner();
const vkey = vkeyOf(signer);

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The command, in this process. */
async function firepit(...args: string[]): Promise<Ran> {
  const said = { out: '', err: '' };
  const capture = (to: 'out' | 'err') => (chunk: unknown) => {
    said[to] += String(chunk);
    return true;
  };
  const spies = [
    jest.spyOn(process.stdout, 'write').mockImplementation(capture('out')),
    jest.spyOn(process.stderr, 'write').mockImplementation(capture('err')),
  ];
  process.exitCode = undefined;
  try {
    await program().parseAsync(['node', 'firepit', 'audit', ...args]);
  } catch (error) {
    process.exitCode = error instanceof CommanderError ? 2 : report(error);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  const code = Number(process.exitCode ?? 0);
  process.exitCode = undefined;
  return { code, ...said };
}

const evil = 'close\u001b[2J \u202etxt \u0000';
const asked = decision({ why: { ...decision().why, reason: evil, askedBy: null, facts: ['saw untrusted text'] } });
const became = outcome(asked);
const others = Array.from({ length: 300 }, () => decision());
const entries = [...others, asked, became].map((entry) => Buffer.from(canonical(entry)));

let log: string;
let earlier: string;
beforeAll(() => {
  log = folder();
  earlier = join(folder(), 'earlier');
  const writer = Log.open(log, signer);
  writer.extend(entries.slice(0, 100));
  writeFileSync(earlier, readFileSync(join(log, 'checkpoint')));
  writer.extend(entries.slice(100));
});

/** A copy of the log in which one letter differs. */
const tampered = (): string => {
  const path = folder();
  Log.open(path, signer).extend(entries);
  const bundle = join(path, 'tile/entries/000');
  writeFileSync(bundle, readFileSync(bundle, 'latin1').replace('triage', 'triagf'), 'latin1');
  return path;
};

describe('firepit audit verify', () => {
  test('a sound log, by its key and since an earlier checkpoint', async () => {
    const { code, out } = await firepit('verify', log, '--key', vkey, '--since', earlier);
    expect(out).toContain('firepit.dev/desk: 302 entries, root hash ');
    expect(out).toContain('the 100 entries of the earlier checkpoint are its first');
    expect(out).toContain('sound, and signed by the key given');
    expect(code).toBe(0);
  });

  test('without a key it is unproven, not green', async () => {
    const { code, out } = await firepit('verify', log);
    expect(code).toBe(10);
    expect(out).toContain('who signed it was not checked: give --key');
  });

  test('the key may be a file, with a vkey or with PEM', async () => {
    const files = folder();
    writeFileSync(join(files, 'vkey'), `${vkey}\n`);
    writeFileSync(join(files, 'pem'), signer.key.export({ format: 'pem', type: 'spki' }));
    for (const name of ['vkey', 'pem']) expect((await firepit('verify', log, '--key', join(files, name))).code).toBe(0);
  });

  test('a tampered log is told with file, found and expected', async () => {
    const { code, err, out } = await firepit('verify', tampered(), '--key', vkey);
    expect(code).toBe(9);
    expect(out).toBe('');
    expect(err).toMatch(/is not what was signed: 3 findings\n {2}tile\/0\/000\n {4}found: {4}hash 0 is not/);
  });

  test('another key is a finding', async () => {
    const { code, err } = await firepit('verify', log, '--key', vkeyOf(newSigner()));
    expect(code).toBe(9);
    expect(err).toContain('it is not signed by firepit.dev/desk with the key');
  });

  test('as JSON', async () => {
    const sound = JSON.parse((await firepit('verify', log, '--key', vkey, '--json')).out);
    expect(sound).toMatchObject({
      result: 'ok',
      origin: 'firepit.dev/desk',
      size: 302,
      signed: 'verified',
      findings: [],
    });
    const { code, out } = await firepit('verify', tampered(), '--key', vkey, '--json');
    expect(JSON.parse(out)).toMatchObject({
      result: 'failed',
      findings: [{ where: 'tile/0/000' }, { where: 'tile/1/000.p/1' }, { where: 'checkpoint' }],
    });
    expect(code).toBe(9);
  });

  test.each<[string, string[], string]>([
    ['no folder', ['verify', '/nowhere'], '/nowhere is no folder'],
    ['no log', ['verify', __dirname], 'holds no log'],
    ['no key file', ['verify', '.LOG', '--key', '/nowhere'], 'the key cannot be read: ENOENT'],
    ['a key that is none', ['verify', '.LOG', '--key', __filename], 'neither a vkey'],
    [
      'no earlier checkpoint',
      ['verify', '.LOG', '--since', '/nowhere'],
      'the earlier checkpoint cannot be read: ENOENT',
    ],
    ['a decision that is not there', ['show', 'x-1', '.LOG'], 'no decision x-1 in'],
  ])('%s: said, with a fix', async (_, args, message) => {
    const { code, err } = await firepit(...args.map((arg) => (arg === '.LOG' ? log : arg)));
    expect(err).toContain(message);
    expect(err).toContain('fix:');
    expect(err).not.toMatch(/\n\s+at /);
    expect(code).toBe(2);
  });
});

describe('firepit audit show', () => {
  test('tells who, what, where, why and how, and what followed', async () => {
    const { code, out } = await firepit('show', asked.id, log, '--key', vkey);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      `decision ${asked.id}`,
      '  who     agent triage, for ada (https://login.example.com), run run-1',
      '  what    tickets.close (write, internal)',
      '  where   the agent to the outside',
      '          POST /mcp at tickets.internal.example.com',
      '  why     allowed (allowed): close\\u{1b}[2J \\u{202e}txt \\u{0}',
      '          policies: close',
      '          facts: saw untrusted text',
      '          no model turn asked for it',
      '  how     mcp, guard: nothing found, in 0.7 ms',
      '  record  entry 300, 2026-11-22T12:00:00.000Z, desk, by governor governor-0',
      '',
      `outcome ${became.id}`,
      '  who     agent triage, for ada (https://login.example.com), run run-1',
      '  what    status 200, handed on',
      '          taint: untrusted',
      '  why     answered: the upstream answered',
      '  how     guard: nothing found, in 12.0 ms',
      '  record  entry 301, 2026-11-22T12:00:01.000Z, desk, by governor governor-0',
      '',
    ]);
  });

  test('shows nothing out of a tampered log', async () => {
    const { code, out, err } = await firepit('show', asked.id, tampered(), '--key', vkey);
    expect([code, out]).toEqual([9, '']);
    expect(err).toContain('is not what was signed');
  });
});

describe('firepit audit tail and export', () => {
  test('the last entries, a line each, nothing that a terminal would act upon', async () => {
    const { code, out } = await firepit('tail', log, '--lines', '2');
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      `300  2026-11-22T12:00:00.000Z  triage for ada  allowed  tickets.close  allowed: close\\u{1b}[2J \\u{202e}txt \\u{0}  ${asked.id}`,
      `301  2026-11-22T12:00:01.000Z  triage for ada  outcome  200  of ${asked.id}`,
      '',
    ]);
  });

  test('a number of lines that is none is refused', async () => {
    const { code, err } = await firepit('tail', log, '--lines', '-3');
    expect([code, err]).toEqual([2, expect.stringContaining('a number from 1 is expected')]);
  });

  test('every entry as JSON Lines', async () => {
    const { code, out } = await firepit('export', log, '--key', vkey);
    expect(code).toBe(0);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(302);
    expect(lines[300]).toEqual({ index: 300, entry: asked });
  });

  test('an export of a tampered log fails at its end', async () => {
    expect((await firepit('export', tampered(), '--key', vkey)).code).toBe(9);
  });

  test('entries of another version, and bytes that are no JSON, are shown for what they are', async () => {
    const path = folder();
    Log.open(path, signer).extend([Buffer.from('{"version":9}'), Buffer.from('no \u001bJSON\n')]);
    expect((await firepit('tail', path)).out).toBe('0  ?  {"version":9}\n1  ?  no \\u{1b}JSON\\u{a}\n');
    const { out } = await firepit('export', path);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).entry),
    ).toEqual([{ version: 9 }, 'no \u001bJSON\n']);
  });
});
