import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifyLog, vkeyOf } from '../../../services/ledger';
import { Log } from '../../../services/ledger/log';
import { entriesFrom, entryAt, newSigner } from '../../services/ledger/example';

/** Built once for each state of its source, outside of the repository. */
function verifier(): string {
  const source = join(__dirname, 'verifier');
  const hash = createHash('sha256');
  for (const file of readdirSync(source).sort()) hash.update(`${file}\n`).update(readFileSync(join(source, file)));
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'firepit', 'log-verifier');
  const program = join(folder, hash.digest('hex').slice(0, 16));
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  const part = `${program}.${process.pid}`;
  execFileSync('go', ['build', '-mod=readonly', '-trimpath', '-buildvcs=false', '-o', part, '.'], {
    cwd: source,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '' },
  });
  renameSync(part, program);
  return program;
}

const signer = newSigner();

// Go's sumdb and Tessera's fsck know nothing of us: what they accept is a C2SP log, and what they refuse we refuse.
describe('the log, as others read it', () => {
  const SIZES = [1, 2, 255, 256, 257, 700, 65_536 + 300];
  let folder: string;
  let program: string;
  beforeAll(() => {
    program = verifier();
    folder = mkdtempSync(join(tmpdir(), 'firepit-others-'));
  }, 600_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const read = (log: string, since: string, key = vkeyOf(signer)): { ok: boolean; out: string } => {
    const { status, stdout, stderr } = spawnSync(program, [log, key, since], { encoding: 'utf8' });
    return { ok: status === 0, out: status === 0 ? stdout : stderr };
  };

  /** A log, and the checkpoint that it had before. */
  const made = (name: string, sizes: readonly number[]): { log: string; since: string } => {
    const log = join(folder, name);
    const since = join(folder, `${name}.since`);
    const writer = Log.open(log, signer);
    for (const size of sizes) {
      if (existsSync(join(log, 'checkpoint')) && writer.size > 0) cpSync(join(log, 'checkpoint'), since);
      writer.extend(entriesFrom(writer.size, size));
    }
    if (!existsSync(since)) cpSync(join(log, 'checkpoint'), since);
    return { log, since };
  };

  test.each(SIZES.map((size, i) => [size, SIZES.slice(Math.max(0, i - 1), i + 1)]))(
    'is sound to them at %i entries, and so is what it was before',
    (size, sizes) => {
      const { log, since } = made(`sound-${size}`, sizes);
      const { out, ok } = read(log, since);
      expect(out).toBe(`sound: ${size} entries, since ${sizes[0]}\n`);
      expect(ok).toBe(true);
      expect(verifyLog(log, { key: () => signer, since: readFileSync(since, 'utf8') }).findings).toEqual([]);
    },
  );

  test.each<[string, (log: string) => void]>([
    ['a changed entry', (log) => alter(join(log, 'tile/entries/000'), 9)],
    ['a changed tile', (log) => alter(join(log, 'tile/0/001'), 9)],
    ['a removed bundle', (log) => rmSync(join(log, 'tile/entries/001'))],
    ['a changed checkpoint', (log) => alter(join(log, 'checkpoint'), 17)],
    [
      'a fork',
      (log) => {
        rmSync(log, { recursive: true });
        Log.open(log, signer).extend(entriesFrom(0, 700).with(5, entryAt(6)));
      },
    ],
  ])('%s is refused by them and by us', (_, change) => {
    const { log, since } = made('changed', [300, 700]);
    change(log);
    expect(read(log, since).ok).toBe(false);
    expect(verifyLog(log, { key: () => signer, since: readFileSync(since, 'utf8') }).findings).not.toEqual([]);
    rmSync(log, { recursive: true });
    rmSync(since);
  });

  test('another key is refused by them', () => {
    const { log, since } = made('key', [10, 20]);
    expect(read(log, since, vkeyOf(newSigner())).out).toContain('fsck: ');
  });
});

function alter(path: string, offset: number): void {
  const bytes = readFileSync(path);
  bytes[offset]! ^= 1;
  writeFileSync(path, bytes);
}
