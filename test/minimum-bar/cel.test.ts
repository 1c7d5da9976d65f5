import { CelError, cel, Scope, Unreadable } from '../../lib/minimum-bar/cel';

const scope = new Scope({
  object: {
    metadata: { name: 'web', labels: { app: 'web', 'firepit.dev/agent': 'triage' } },
    spec: {
      containers: [
        { name: 'a', image: 'x@sha256:1' },
        { name: 'b', image: 'y' },
      ],
      hostUsers: false,
    },
  },
  none: null,
  'twice()': (n: number) => n * 2,
});
const run = (source: string): unknown => cel(source)(scope);

test.each<[string, unknown]>([
  ['1 + 2 * 3', 7],
  ['(1 + 2) * 3', 9],
  ['7 / 2', 3],
  ['-1 < 0 && !(2 >= 3)', true],
  ["'a' + 'b' == \"ab\"", true],
  ['[1, 2] + [3] == [1, 2, 3]', true],
  ["{'a': [1], 'b': {'c': null}} == {'b': {'c': null}, 'a': [1]}", true],
  ["'x' in ['x', 'y'] && !('z' in {'a': 1}) && 'a' in {'a': 1}", true],
  ["true ? 'yes' : 'no'", 'yes'],
  ["'it\\'s \\\\ \\n'", "it's \\ \n"],
  ["r'a\\d'", 'a\\d'],
  ["object.metadata.labels['firepit.dev/agent']", 'triage'],
  ['has(object.spec.hostUsers) && !has(object.spec.volumes)', true],
  ['object.spec.?volumes.orValue([]).size() == 0', true],
  ["object.metadata.?labels[?'none'].orValue('x')", 'x'],
  ["object.metadata.?annotations[?'none'].hasValue()", false],
  ['object.spec.containers.all(c, c.name.size() == 1)', true],
  ["object.spec.containers.exists(c, c.image.startsWith('y'))", true],
  ["object.spec.containers.exists_one(c, c.image.contains('@'))", true],
  ["object.spec.containers.filter(c, c.name == 'b').map(c, c.image)", ['y']],
  ["object.spec.containers.map(c, c.name == 'b', c.image)", ['y']],
  ['object.metadata.labels.all(k, k.size() > 2)', true],
  ["'x@sha256:ab'.matches('@sha256:[a-f]+$')", true],
  ["'a,b'.split(',') == ['a', 'b'] && ['a', 'b'].join('-') == 'a-b'", true],
  ["[1, 'a', none].all(x, x == x)", true],
  ["sets.contains(['a', 'b'], ['a'])", true],
  ["[Patch{op: 'add', value: [{'ip': dyn('1')}]}]", [{ op: 'add', value: [{ ip: '1' }] }]],
  ['twice(21)', 42],
  ['1 == 1 // a comment', true],
])('%s', (source, expected) => {
  expect(run(source)).toEqual(expected);
});

describe('errors, as CEL defines them', () => {
  test.each([
    ['a key that is not there', 'object.spec.nothing'],
    ['a type that does not fit', "1 + 'a'"],
    ['no boolean', "'a' && true"],
    ['an optional without value', 'object.?nothing.value()'],
  ])('%s', (_what, source) => {
    expect(() => run(source)).toThrow(CelError);
    expect(() => run(source)).not.toThrow(Unreadable);
  });

  test('one side that decides is enough', () => {
    expect(run('object.spec.nothing == 1 || true')).toBe(true);
    expect(run('false && object.spec.nothing == 1')).toBe(false);
    expect(run('object.spec.nothing == 1 && false')).toBe(false);
    expect(run("object.spec.containers.exists(c, c.nothing == 1 || c.name == 'b')")).toBe(true);
    expect(() => run('object.spec.nothing == 1 || false')).toThrow('no such key');
  });
});

test.each([
  ['1 +'],
  ['object.metadata.name.foo()'],
  ["authorizer.path('/')"],
  ['a b'],
  ['"open'],
  ['has(object)'],
  ['[1, 2'],
  ["'\\q'"],
])('what nobody can read is told apart: %s', (source) => {
  expect(() => run(source)).toThrow(Unreadable);
});
