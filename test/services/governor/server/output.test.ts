import { Output } from '../../../../services/governor/server/output';

const listeners = process.listeners('exit');
const made = () => {
  const written: string[] = [];
  const output = new Output((text) => void written.push(text));
  const [ends] = process.listeners('exit').filter((listener) => !listeners.includes(listener));
  process.removeListener('exit', ends as () => void);
  return { output, written, ends: ends as (code: number) => void };
};

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('lines that come together are written together, in their order', () => {
  const { output, written } = made();
  output.line('one\n');
  output.line('two\n');
  expect(written).toEqual([]);
  jest.runAllTimers();
  expect(written).toEqual(['one\ntwo\n']);
  output.line('three\n');
  jest.runAllTimers();
  expect(written).toEqual(['one\ntwo\n', 'three\n']);
});

test('what waits is written when the process ends, once', () => {
  const { output, written, ends } = made();
  output.line('last\n');
  ends(1);
  jest.runAllTimers();
  expect(written).toEqual(['last\n']);
});
