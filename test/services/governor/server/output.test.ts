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
  output.line('one\n', true);
  output.line('two\n', true);
  expect(written).toEqual([]);
  jest.runAllTimers();
  expect(written).toEqual(['one\ntwo\n']);
  output.line('three\n', true);
  jest.runAllTimers();
  expect(written).toEqual(['one\ntwo\n', 'three\n']);
});

test('what cannot wait is written at once, after what waited', () => {
  const { output, written } = made();
  output.line('one\n', true);
  output.line('trouble\n', false);
  expect(written).toEqual(['one\ntrouble\n']);
  output.line('alone\n', false);
  jest.runAllTimers();
  expect(written).toEqual(['one\ntrouble\n', 'alone\n']);
});

test('what waits is written when the process ends, once', () => {
  const { output, written, ends } = made();
  output.line('last\n', true);
  ends(1);
  jest.runAllTimers();
  expect(written).toEqual(['last\n']);
});
