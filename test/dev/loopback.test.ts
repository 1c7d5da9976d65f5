import { createServer } from 'node:net';
import { again, freePorts } from '../../dev/loopback';

const failing = (errors: readonly string[]) => {
  let starts = 0;
  const start = async (): Promise<number> => {
    const error = errors[starts++];
    if (error !== undefined) throw new Error(error);
    return starts;
  };
  return { start, starts: () => starts };
};
const TAKEN = "cannot bind '127.0.0.1:1': Address already in use";

test('a free port is none that an outgoing connection may take, none twice, and none that is taken', async () => {
  const [first = 0, ...more] = await freePorts(50);
  expect(new Set([first, ...more]).size).toBe(50);
  expect(Math.min(first, ...more)).toBeGreaterThanOrEqual(10_000);
  expect(Math.max(first, ...more)).toBeLessThan(30_000);
  const [last = 0] = await freePorts(1);
  const taken = createServer();
  await new Promise<void>((done) => taken.once('error', () => done()).listen(last + 1, '127.0.0.1', done));
  const next = await freePorts(1);
  await new Promise((done) => taken.close(done));
  expect(next).not.toContain(last + 1);
});

test('what met a port that somebody took meanwhile is started again', async () => {
  expect(await again(failing([TAKEN, 'listen EADDRINUSE: 127.0.0.1:1']).start)).toBe(3);
});

test('not for ever, and not for any other reason', async () => {
  const taken = failing([TAKEN, TAKEN, TAKEN, TAKEN]);
  await expect(again(taken.start)).rejects.toThrow('already in use');
  expect(taken.starts()).toBe(3);
  const other = failing(['no such file']);
  await expect(again(other.start)).rejects.toThrow('no such file');
  expect(other.starts()).toBe(1);
});
