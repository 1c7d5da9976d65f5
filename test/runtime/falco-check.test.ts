import { contextOf } from '../../lib/context';
import { falcoRules } from '../../lib/runtime/falco';
import { checkFalcoRules } from '../../lib/runtime/falco-check';
import { fieldNames } from '../../lib/runtime/falco-fields';
import { ConditionError, parseCondition } from '../../lib/runtime/falco-grammar';
import { declarations } from '../support/arbitrary-declaration';
import { desk } from '../support/desk';
import fc from '../support/property';

const TEXT = falcoRules(contextOf(desk())) as string;
const HEAD =
  '- required_engine_version: 0.57.0\n- required_plugin_versions:\n    - {name: container, version: 0.4.0}\n';
const rule = (condition: string, more = ''): string =>
  `${HEAD}- rule: r\n  desc: d\n  condition: ${JSON.stringify(condition)}\n  output: "o %container.id"\n  priority: ERROR\n${more}`;
const messages = (text: string): string[] => checkFalcoRules(text).map(({ item, message }) => `${item}: ${message}`);

describe('conditions', () => {
  test.each([
    'evt.type = open',
    'evt.type=open and fd.name="/etc/x"',
    '(evt.type in (open, openat)) and not (fd.name startswith /tmp or fd.num < 0)',
    "evt.type = open and fd.name contains 'a b'",
    'evt.type = open and fd.name pmatch (/tmp, "/work")',
    'evt.type = open and fd.name glob /a/*/b and proc.name exists',
    'evt.type = connect and fd.sip in ("169.254.169.254", "fd00:ec2::254") and fd.snet != "10.0.0.0/8"',
    'evt.type = connect and fd.sport in (80, 443) and fd.typechar = 4',
    'evt.type = execve and proc.pid != val(proc.vpid) and tolower(proc.name) = x',
    'evt.type = execve and proc.aname[2] = "x" and k8s.pod.label[firepit.dev/agent] = "y"',
    'evt.type = socket and evt.rawarg.type in (3, 524291) and evt.arg.domain contains AF_INET',
    'evt.type = open and evt.is_open_write = true and not not fd.num >= 0',
    'evt.type = open and (fd.name in (/a) or(fd.name in (/b)))',
  ])('THEN %s is accepted', (condition) => {
    expect(messages(rule(condition))).toEqual([]);
  });

  test.each([
    ['evt.type = open and', 'expected a field, a macro or (; found the end'],
    ['evt.type = open fd.num = 1', "expected 'and', 'or' or the end"],
    ['(evt.type = open', "expected ')'"],
    ['evt.type = open)', "expected 'and', 'or' or the end"],
    ['evt.type open', 'expected an operator'],
    ['evt.type = ', 'expected a value'],
    ['evt.type = open and fd.name contains', 'expected an operator'],
    ['evt.type = open and fd.name like x', 'expected an operator'],
    ['evt.type in open', 'expected a list in parentheses'],
    ['evt.type in (open openat)', "expected ',' or ')'"],
    ['evt.type in (open,)', 'expected a value'],
    ['evt.type = "open', 'expected a value'],
    ['evt.type = open and notamacro', "no macro 'notamacro' is defined before this"],
    ['evt.type = open and fd.nme = x', "unknown field fd.nme; did you mean 'fd.name'?"],
    ['evt.type = opn', "unknown event 'opn'; did you mean 'open'?"],
    ['evt.type = open and evt.dir = "<"', 'evt.dir: events have no direction any more'],
    ['evt.type = open and evt.arg.nothing = x', 'unknown field evt.arg.nothing'],
    ['evt.type = open and k8s.pod.label = x', 'k8s.pod.label needs an argument'],
    ['evt.type = open and fd.name[1] = x', 'fd.name takes no argument'],
    ['evt.type = open and fd.num contains 1', 'contains does not work on fd.num, which is a number'],
    ['evt.type = open and fd.name > 1', '> does not work on fd.name, which is a string'],
    ['evt.type = open and fd.num = many', "fd.num is compared with 'many', which is no number"],
    ['evt.type = open and evt.is_open_read = yes', 'which is no boolean'],
    ['evt.type = connect and fd.sip = localhost', 'which is no address'],
    ['evt.type = connect and fd.sip = 10.0.0.0/8', 'which is no address'],
    ['evt.type = connect and fd.snet = 10.0.0.0/33', 'which is no network'],
    ['evt.type = connect and fd.sport = 70000', 'which is no port'],
    ['evt.type = execve and proc.pid = val(proc.name)', 'proc.pid is a number, proc.name a string'],
    ['evt.type = execve and tolower(proc.pid) = x', 'tolower() works on text; proc.pid is a number'],
    ['evt.type = execve and proc.name in ()', 'proc.name in () is never true'],
    ['evt.type = execve and proc.cmdline contains anyof (nc, ncat)', 'this needs required_engine_version 0.62.0'],
    ['proc.name = x', 'the condition selects no evt.type'],
    ['evt.type = open or proc.name = x', 'the condition selects no evt.type'],
    ['not evt.type = open', 'the condition selects no evt.type'],
    ['evt.type = open and evt.type = close', 'the condition can match no event'],
  ])('THEN %s is refused', (condition, message) => {
    expect(messages(rule(condition)).join('\n')).toContain(message);
  });
});

test('GIVEN a condition nested deeper than Falco reads THEN it is refused', () => {
  const nested = (open: string, inner: string, times: number): string => open.repeat(times) + inner + ')'.repeat(times);
  expect(messages(rule(nested('(', 'evt.type = open', 90)))).toEqual([]);
  for (const condition of [
    nested('(', 'evt.type = open', 120),
    `evt.type = open and ${nested('tolower(', 'proc.name', 20_000)} = x`,
  ])
    expect(messages(rule(condition)).join()).toContain('nested deeper than 100');
});

describe('files', () => {
  const good = rule('evt.type = open');
  const cases: readonly (readonly [string, string, string])[] = [
    ['no sequence', 'rule: r', 'a rules file is a sequence of items'],
    ['broken YAML', `${good}  - : [`, '(file):'],
    ['a key twice', `${good}  desc: again\n`, '(file):'],
    [
      'an anchor',
      good.replace('desc: d', 'desc: &d d').replace('priority: ERROR', 'priority: ERROR\n  source: *d'),
      'no anchors',
    ],
    ['text for an item', `${good}- hello\n`, 'item 4: an item is a mapping'],
    ['an unknown item', `${good}- {foo: 1}\n`, 'item 4: an item is one of'],
    ['an unknown key', rule('evt.type = open', '  severity: HIGH\n'), "rule r: unknown key 'severity'"],
    ['a missing key', good.replace('  desc: d\n', ''), "rule r: 'desc' is missing"],
    ['a priority in mixed case', good.replace('ERROR', 'Error'), 'priority is one of'],
    ['an unknown priority', good.replace('ERROR', 'FATAL'), 'priority is one of'],
    ['another source', rule('evt.type = open', '  source: k8s_audit\n'), 'source is syscall'],
    ['tags that are no list', rule('evt.type = open', '  tags: x\n'), 'tags are words'],
    ['a disabled rule', rule('evt.type = open', '  enabled: false\n'), 'a generated rule is never disabled'],
    ['append', rule('evt.type = open', '  append: true\n'), 'append is deprecated'],
    ['an override', rule('evt.type = open', '  override: {condition: append}\n'), 'override changes an item from afar'],
    ['exceptions', rule('evt.type = open', '  exceptions: []\n'), 'exceptions hide findings'],
    [
      'a rule that is skipped',
      rule('evt.type = open', '  skip-if-unknown-filter: true\n'),
      'a rule that is skipped is silent',
    ],
    ['a capture', rule('evt.type = open', '  capture: true\n'), 'captures hold whole buffers'],
    ['no engine version', good.replace(/- required_engine.*\n/, ''), 'required_engine_version is missing'],
    ['an engine version as number', good.replace('0.57.0', '57'), 'a version is written as 0.57.0'],
    [
      'an engine version too late',
      `${good.replace(/- required_engine.*\n/, '')}- required_engine_version: 0.57.0\n`,
      'it stands before what depends on it',
    ],
    [
      'no plugin for container fields',
      good.replace(/- required_plugin[\s\S]*?(?=- rule)/, ''),
      'need the container plugin',
    ],
    ['a plugin without version', good.replace(', version: 0.4.0', ''), 'a plugin has a name and a version'],
    ['a rule twice', `${good}${good.slice(good.indexOf('- rule'))}`, "'r' is already defined"],
    [
      'a macro used before it is defined',
      `${rule('evt.type = open and later')}- {macro: later, condition: fd.num = 1}\n`,
      "no macro 'later' is defined before this",
    ],
    [
      'a macro that refers to itself',
      `${HEAD}- {macro: loop, condition: loop}\n${good.slice(good.indexOf('- rule'))}`,
      "no macro 'loop' is defined before this",
    ],
    [
      'a macro nobody uses',
      `${HEAD}- {macro: idle, condition: fd.num = 1}\n${good.slice(good.indexOf('- rule'))}`,
      "nothing uses 'idle'",
    ],
    [
      'a list nobody uses',
      `${HEAD}- {list: idle, items: [a]}\n${good.slice(good.indexOf('- rule'))}`,
      "nothing uses 'idle'",
    ],
    [
      'a name that is none',
      `${HEAD}- {macro: a-b, condition: fd.num = 1}\n${good.slice(good.indexOf('- rule'))}`,
      'not a name for a macro',
    ],
    [
      'a list with a value YAML changes',
      `${HEAD}- {list: l, items: [on]}\n${rule('evt.type = open and proc.name in (l)').slice(HEAD.length)}`,
      'an item of a list is text or an integer',
    ],
    [
      'a list of the wrong type',
      `${HEAD}- {list: l, items: [x]}\n${rule('evt.type = open and fd.num in (l)').slice(HEAD.length)}`,
      "compared with 'x', which is no number",
    ],
    ['an output without fields', good.replace('o %container.id', 'o'), 'the output names no field'],
    ['an output with an unknown field', good.replace('%container.id', '%container.idd'), 'unknown field container.idd'],
    ['an output with a bare percent sign', good.replace('%container.id', '%container.id 100 % sure'), 'names no field'],
    ['no rule', HEAD, 'there is no rule'],
  ];
  test('GIVEN a small sound file THEN nothing is wrong', () => {
    expect(messages(good)).toEqual([]);
    const lists = `${HEAD}- {list: a, items: [x, "y"]}\n- {list: b, items: [a, z]}\n- {macro: m, condition: "proc.name in (b)"}\n`;
    expect(
      messages(lists + rule('evt.type = execve and m', '  tags: [a, b]\n  source: syscall\n').slice(HEAD.length)),
    ).toEqual([]);
  });
  test.each(cases)('GIVEN %s THEN it is refused', (_what, text, message) => {
    expect(messages(text).join('\n')).toContain(message);
  });
});

describe('properties', () => {
  test('whatever it is given, the checker answers', () => {
    fc.assert(fc.property(fc.string({ maxLength: 400 }), (text) => Array.isArray(checkFalcoRules(text))));
    const words = fc.constantFrom(
      'evt.type',
      'fd.name',
      '=',
      '(',
      ')',
      'and',
      'or',
      'not',
      'in',
      ',',
      '"',
      'val(',
      '[',
      'x',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 40 }), (parts) => Array.isArray(checkFalcoRules(rule(parts.join(' '))))),
    );
    fc.assert(
      fc.property(fc.nat(TEXT.length), fc.nat(40), fc.string({ maxLength: 8 }), (at, length, text) =>
        Array.isArray(checkFalcoRules(TEXT.slice(0, at) + text + TEXT.slice(at + length))),
      ),
      { numRuns: 60 },
    );
  });

  test('blanks between the words of a condition do not matter', () => {
    const name = fc.constantFrom(...[...fieldNames()].filter((n) => !['evt.arg', 'evt.rawarg'].includes(n)));
    const leaf = fc.oneof(
      fc
        .tuple(name, fc.constantFrom('=', '!=', 'contains', 'startswith'), fc.stringMatching(/^[a-z/]{1,8}$/))
        .map(([f, o, v]) => `${f} ${o} "${v}"`),
      name.map((f) => `${f} exists`),
      fc
        .tuple(name, fc.array(fc.stringMatching(/^[a-z]{3,8}$/), { minLength: 1, maxLength: 3 }))
        .map(([f, v]) => `${f} in (${v.map((x) => `"${x}"`).join(', ')})`),
    );
    const { tree } = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.tuple(tie('tree'), fc.constantFrom('and', 'or'), tie('tree')).map(([a, o, b]) => `(${a} ${o} ${b})`),
        tie('tree').map((t) => `not (${t})`),
      ),
    }));
    fc.assert(
      fc.property(tree, (text) => {
        expect(parseCondition(text)).toEqual(
          parseCondition(text.replaceAll(' (', '  (\n').replaceAll(' and ', '\tand ')),
        );
      }),
    );
  });

  const conditions = [...TEXT.matchAll(/condition: >-\n {4}(.*)/g)].map(([, condition]) => condition as string);
  const broken = (text: string): boolean => {
    try {
      parseCondition(text);
      return false;
    } catch (error) {
      if (error instanceof ConditionError) return true;
      throw error;
    }
  };
  test.each([
    ['a parenthesis', /[()]/g],
    ['an operator', /(?<= )(=|!=|>=|<=|in|startswith|endswith|contains|pmatch|exists|glob)(?= |$)/g],
    ['an and or an or', / (and|or) /g],
    ['a quote', /"/g],
    ['a comma', /,(?= )/g],
  ])('GIVEN a valid condition WHEN %s is taken away THEN it is refused', (_what, pattern) => {
    let tried = 0;
    for (const condition of conditions)
      for (const match of condition.matchAll(pattern)) {
        const without =
          condition.slice(0, match.index) +
          ' '.repeat(match[0].length === 1 && match[0] !== ',' ? 0 : 1) +
          condition.slice(match.index + match[0].length);
        tried++;
        expect([without, broken(without)]).toEqual([without, true]);
      }
    expect(tried).toBeGreaterThan(10);
  });

  test('any sound declaration gives rules without a problem', () => {
    fc.assert(
      fc.property(declarations, (declaration) => {
        const text = falcoRules(contextOf(declaration));
        expect(text === undefined ? [] : checkFalcoRules(text)).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});
