import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { EnvoyProcess } from '../../dev/envoy';

const folder = mkdtempSync(join(tmpdir(), 'firepit-dev-envoy-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let envoy: EnvoyProcess | undefined;
afterEach(() => envoy?.stop());

/** Something that runs in the place of Envoy. */
const standIn = (name: string, script: string): EnvoyProcess => {
  const program = join(folder, name);
  writeFileSync(program, `#!/bin/sh\n${script}\n`);
  chmodSync(program, 0o755);
  envoy = new EnvoyProcess(program, 'envoy.yaml');
  return envoy;
};
const never = async (): Promise<boolean> => false;

describe('waiting for an Envoy', () => {
  test('ends when what was waited for holds', async () => {
    const one = standIn('lives', 'echo "[warning][main] hello" >&2; exec sleep 60');
    await one.until('it said hello', async () => one.log.includes('hello'));
    expect(one.running).toBe(true);
  });

  test('that ended is over at once, and the error says why: not where in the program it was', async () => {
    const frames = Array.from({ length: 20 }, (_, i) => `echo "[error][envoy_bug] [assert.h:66] #${i} UNKNOWN" >&2`);
    const one = standIn(
      'aborts',
      [
        'echo "[critical][assert] assert failure: inotify_fd_ >= 0." >&2',
        ...frames,
        'echo "[critical][backtrace] Caught Aborted" >&2',
        'kill -ABRT $$',
      ].join('\n'),
    );
    await expect(one.until('the gateway is ready', never, 600)).rejects.toThrow(
      /^the gateway is ready: Envoy ended\n\[critical\]\[assert\] assert failure: inotify_fd_ >= 0\.$/,
    );
  });

  test('that runs and does not do it in time tells its complaints', async () => {
    const one = standIn('waits', 'echo "[warning][config] no route" >&2; echo "an access line"; exec sleep 60');
    await one.until('it spoke', async () => one.log.includes('access line') && one.log.includes('no route'));
    await expect(one.until('it is ready', never, 0)).rejects.toThrow(
      /^timed out: it is ready\n\[warning\].* no route$/,
    );
  });

  test('that complained of nothing tells the end of its log', async () => {
    const one = standIn('plain', 'echo "not what was expected"');
    await expect(one.until('it is ready', never, 600)).rejects.toThrow(/Envoy ended\nnot what was expected/);
  });

  test('that is no program says so', async () => {
    envoy = new EnvoyProcess(join(folder, 'not-there'), 'envoy.yaml');
    await expect(envoy.until('it is ready', never, 600)).rejects.toThrow(/Envoy ended\n.*No such file/);
  });
});
