import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { anchored, readAnchored } from '../lib/anchors';
import fc from './support/property';

const long = 'a text that is worth an anchor';
const route = { match: { path: '/tools/search' }, timeout: '60s' };

test('what stands again is named, and what is inside of it is written with it', () => {
  expect(anchored({ first: route, second: route, third: [route, long, long] })).toBe(
    '{"first": &a1 {"match": {"path": "/tools/search"}, "timeout": "60s"}, "second": *a1, ' +
      `"third": [*a1,\n&a2 "${long}",\n*a2]}`,
  );
});

test('what stands once, and what is short, is plain JSON', () => {
  const value = { routes: [route], short: ['60s', '60s'], none: null, some: { undefined: undefined, n: -1.5e3 } };
  expect(JSON.parse(anchored(value))).toEqual(JSON.parse(JSON.stringify(value)));
});

/** Values that repeat themselves. */
const repeating = fc
  .array(fc.jsonValue({ maxDepth: 3 }), { minLength: 1, maxLength: 4 })
  .chain((values) => fc.array(fc.constantFrom(...values, long, { long, values }), { maxLength: 8 }))
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown);

test('every value is read back as it was, here and by whoever reads YAML', () => {
  fc.assert(
    fc.property(repeating, (value) => {
      const text = anchored(value);
      expect(readAnchored(text)).toEqual(value);
      expect(parse(text, { maxAliasCount: -1 })).toEqual(value);
    }),
    { numRuns: 100 },
  );
});

describe('nothing else is read', () => {
  test.each([
    ['an alias of nothing', '[*a1, &a1 {"a": 1}]', 'found *a1, and no &a1 before it'],
    ['an alias of what it stands in', '&a1 {"a": *a1}', 'found *a1, and no &a1 before it'],
    ['an anchor twice', '[&a1 {"a": 1}, &a1 {"a": 2}, *a1]', 'found &a1 twice'],
    ['a key twice', '{"a": 1, "a": 2}', 'found the key a twice'],
    ['more than one document', '{"a": 1}\n---\n{"a": 2}', 'found more after the end: ---'],
    ['a comment', '{"a": 1} # else', 'found more after the end: #'],
    ['a tag', '{"a": !!str 1}', '!!str'],
    ['a key without quotes', '{a: 1}', 'JSON'],
    ['a value without quotes', '{"a": yes}', 'yes'],
    ['a text in single quotes', '{"a": \'b\'}', "'b'"],
    ['a merge', '{"<<": *a1}', 'found *a1'],
    ['an open list', '[1, 2', 'expected ]'],
    ['an open record', '{"a": 1', 'expected }'],
    ['a key without a value', '{"a"}', 'expected :'],
    ['a comma too many', '[1, ]', 'JSON'],
    ['nothing', '', 'JSON'],
  ])('%s', (_what, text, message) => {
    expect(() => readAnchored(text)).toThrow(SyntaxError);
    expect(() => readAnchored(text)).toThrow(message);
  });

  test('a text that is cut anywhere', () => {
    const text = anchored([route, route, { long, again: long }]);
    for (let end = 0; end < text.length; end++) expect(() => readAnchored(text.slice(0, end))).toThrow(SyntaxError);
  });
});

test('a key named like a part of every object is a key', () => {
  const value = JSON.parse('{"__proto__": {"polluted": true}}');
  expect(Object.keys(readAnchored(anchored(value)) as object)).toEqual(['__proto__']);
});
