import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../../dev/loopback';
import { onEnd, stayUnready } from '../../../services/common/unready';

const root = mkdtempSync(join(tmpdir(), 'firepit-unready-'));
const { exitCode } = process;
afterAll(() => {
  process.exitCode = exitCode;
  rmSync(root, { recursive: true });
});

test('it is alive, never ready, says why, and goes when it is told to', async () => {
  const file = join(root, 'config.json');
  const [health = 0] = await freePorts(1);
  writeFileSync(file, JSON.stringify({ listen: { health }, version: 'x' }));
  await stayUnready(file, 'version: found "x"', () => undefined);
  const at = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${health}${path}`);
  expect((await at('/live')).status).toBe(200);
  const ready = await at('/ready');
  expect([ready.status, await ready.text()]).toEqual([503, 'version: found "x"\n']);
  process.emit('SIGTERM');
  await expect(at('/live')).rejects.toThrow();
});

test.each([
  () => {
    throw new Error('stuck');
  },
  () => Promise.reject(new Error('stuck')),
])('an end that fails is told, and is the exit code', async (end) => {
  const told = new Promise<Error>((failed) => onEnd(end, failed));
  process.emit('SIGINT');
  expect((await told).message).toBe('stuck');
  expect(process.exitCode).toBe(1);
});
