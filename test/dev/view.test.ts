import { countsInWords, type Output, View } from '../../dev/view';
import { decision } from '../services/state/example';

const same = (text: string): string => text;
const output = (json?: (line: string) => void) => {
  const lines: string[] = [];
  const made: Output = {
    text: (line) => lines.push(line),
    paint: { red: same, green: same, yellow: same, dim: same },
    ...(json === undefined ? {} : { json }),
  };
  return { lines, view: new View(made) };
};

test('a decision is one line, without what a terminal would obey', () => {
  const { lines, view } = output();
  const entry = decision();
  view.show({
    index: 0,
    entry: { ...entry, what: { ...entry.what, operation: 'tickets.\u001b[2Jsearch\n' } },
  });
  expect(lines).toHaveLength(1);
  for (const control of ['\u001b', '\n']) expect(lines[0]).not.toContain(control);
  expect(lines[0]).toContain('search');
});

test('for programs every entry is a line of JSON, and nothing else is told', () => {
  const json: string[] = [];
  const { lines, view } = output((line) => json.push(line));
  const entry = decision();
  view.show({ index: 7, entry: entry });
  expect(lines).toEqual([]);
  expect(JSON.parse(json[0] ?? '')).toEqual({ index: 7, entry });
});

test('what happened is counted', () => {
  const { view } = output();
  view.show({ index: 0, entry: decision() });
  expect(Object.values(view.counts).reduce((sum, count) => sum + count)).toBe(1);
  expect(countsInWords({ allow: 3, deny: 1, needs_approval: 0 })).toBe('3 allowed, 1 denied');
  expect(countsInWords({ allow: 3, deny: 1, needs_approval: 2 })).toBe('3 allowed, 1 denied, 2 that need an approval');
});
