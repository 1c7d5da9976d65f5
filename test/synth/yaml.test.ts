import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { toYaml } from '../../lib/synth/yaml';
import fc from '../support/property';

const bothRead = (text: string): unknown[] =>
  (['1.1', '1.2'] as const).map((version) => parse(text, { version, maxAliasCount: 0, merge: version === '1.1' }));

/** Strings that some parser of YAML 1.1 or 1.2 reads as something else. */
const LOOK_ALIKES = [
  ...[
    '0o17',
    '017',
    '0x1f',
    '0b101',
    '1_000',
    '1e3',
    '1.5e3',
    '12:30:45',
    '1:30',
    '-1',
    '+1',
    '.5',
    '5.',
    '08',
    '1,000',
    'e0',
  ],
  ...[
    'on',
    'On',
    'OFF',
    'y',
    'N',
    'yes',
    'No',
    'true',
    'False',
    '.inf',
    '-.INF',
    '.nan',
    'NaN',
    '~',
    'null',
    'Null',
    '',
  ],
  ...['2001-12-14', '2001-12-14T21:59:43Z', '2001-12-14 21:59:43.10 -5', '=', '<<', '-', '--', '---', '...', '?', ':'],
  ...[
    '- a',
    '? a',
    'a: b',
    'a:',
    'a #b',
    '#a',
    '&a',
    '*a',
    '!a',
    '!!str a',
    '%a',
    '@a',
    '`a',
    '|',
    '>',
    '{',
    '[]',
    '"a',
    "'a",
  ],
  ...[
    ' a',
    'a ',
    '\ta',
    'a\tb',
    'a\\b',
    'a"b',
    "a'b",
    `a"b'c`,
    'é',
    '日本',
    '😀',
    '\u0085',
    '\u2028',
    '\ufeff',
    '\u007f',
    '\u0000',
  ],
];
const BLOCKS = [
  ...[
    'a\nb',
    'a\nb\n',
    'a\n\nb\n',
    'a\n\n',
    'a\n\n\n',
    '\na',
    '\n',
    '\n\n',
    ' a\nb',
    'a\n b\n',
    'a\n  ',
    'a\n\t\n',
    'a\r\nb',
  ],
  ...[
    'a: b\n#c\n',
    '---\na\n',
    'a\n---\nb\n...\n',
    'a \nb \n',
    'a\n\u0085b',
    'a\n   \nb\n',
    '\tx\ny',
    'a\n\tb\n',
    '{\n  "a": 1\n}\n',
  ],
];

describe('toYaml', () => {
  test.each([...LOOK_ALIKES, ...BLOCKS].map((s) => [JSON.stringify(s), s]))('keeps the string %s', (_name, value) => {
    const object = { value, [value]: value, list: [value, [value], { value, z: value }], last: value };
    const text = toYaml(object);
    for (const read of bothRead(text)) expect(read).toEqual(object);
    // THEN parsers that break lines at NEL, LS and PS, or drop a BOM, never see one
    expect(text).not.toMatch(/[\u0085\u2028\u2029\ufeff]/);
  });

  test.each(LOOK_ALIKES.slice(0, 44))('quotes the look-alike %j', (value) => {
    expect(toYaml({ value })).toMatch(/^value: ["']/);
  });

  test('reads well: plain where nothing can be mistaken, literal blocks for text', () => {
    expect(
      toYaml({
        apiVersion: 'apps/v1',
        metadata: { name: 'triage', annotations: {}, labels: { 'app.kubernetes.io/name': 'triage' } },
        spec: {
          image: 'registry.example.com/a/b@sha256:00',
          cpu: '500m',
          cidr: '10.0.0.0/8',
          replicas: 2,
          ratio: 0.5,
          on: true,
          args: ['--a=b', "object.spec.x == 'y'", 'say "hi"'],
          matrix: [[1, 2], [], [{}]],
          config: 'one\ntwo\n',
          script: 'one\n  two',
        },
      }),
    ).toBe(`apiVersion: apps/v1
metadata:
  name: triage
  annotations: {}
  labels:
    app.kubernetes.io/name: triage
spec:
  image: registry.example.com/a/b@sha256:00
  cpu: 500m
  cidr: 10.0.0.0/8
  replicas: 2
  ratio: 0.5
  "on": true
  args:
    - --a=b
    - object.spec.x == 'y'
    - say "hi"
  matrix:
    - - 1
      - 2
    - []
    - - {}
  config: |
    one
    two
  script: |-
    one
      two
`);
  });

  test('never writes anchors, however often a value is used', () => {
    const shared = { a: 'b' };
    expect(toYaml({ x: shared, y: shared, z: [shared, shared] })).not.toMatch(/[&*]/);
  });

  test('writes numbers that both versions read as numbers', () => {
    const object = { a: 1e21, b: 1e-7, c: 1.5e-9, d: -3, e: 0.1, f: 2 ** 53 };
    for (const read of bothRead(toYaml(object))) expect(read).toEqual(object);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, () => 1, Symbol('s'), 1n])('refuses %p', (value) => {
    expect(() => toYaml({ value })).toThrow(/is no value of a manifest/);
  });

  test('writes keys of any length', () => {
    const object = { ['k'.repeat(2000)]: { a: 1 }, ['"'.repeat(1200)]: 'x' };
    for (const read of bothRead(toYaml(object))) expect(read).toEqual(object);
  });

  test('any object comes back the same from YAML 1.1 and 1.2', () => {
    const awkward = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...'01_.:-+eExobTZ~=<#\'"\\ \n\t&*!|>%@,[]{}?yn/é'), maxLength: 12 }),
      fc.constantFrom(...LOOK_ALIKES, ...BLOCKS),
      fc.tuple(fc.constantFrom(...LOOK_ALIKES), fc.constantFrom(...BLOCKS)).map(([a, b]) => b + a),
    );
    const leaf = fc.oneof(
      awkward,
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0)),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(
          awkward.filter((k) => k !== '__proto__'),
          tie('tree'),
          { maxKeys: 4, noNullPrototype: true },
        ),
      ),
    }));
    fc.assert(
      fc.property(
        fc.dictionary(
          awkward.filter((k) => k !== '__proto__'),
          tree,
          { maxKeys: 5, noNullPrototype: true },
        ),
        (object) => {
          for (const read of bothRead(toYaml(object))) expect(read).toEqual(object);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
