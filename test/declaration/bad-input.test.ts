import { describe, expect, test } from '@jest/globals';
import { environment } from '../../lib/declaration';
import { DeclarationError } from '../../lib/errors';
import { agent, base } from '../types/base';
import { plainBase, put, refusal } from './_data';
import { type BadInput, badInputs } from './bad-input';

const declare = (data: unknown): unknown => environment(data as never);
const withSet = (set: BadInput['set']): Record<string, unknown> =>
  Object.entries(set).reduce((data, [path, value]) => put(data, path, value), plainBase());
const messageOf = (data: unknown): string => {
  try {
    declare(data);
    return '';
  } catch (error) {
    return String((error as Error).stack);
  }
};

describe('bad input is refused with all that is wrong, and nothing else', () => {
  test.each(badInputs.map((bad) => [bad.id, bad] as const))('%s', (_id, { set, refused }) => {
    expect(refusal(() => declare(withSet(set)))).toEqual(refused);
  });

  test('each finding says where, what, what instead, and what to do', () => {
    for (const { id, refused } of badInputs)
      for (const finding of refused)
        expect([id, finding, Object.values(finding).every((part) => part.trim().length > 0)]).toEqual([
          id,
          finding,
          true,
        ]);
  });

  test('no finding speaks in the words of the validator', () => {
    const said = JSON.stringify(badInputs.map(({ refused }) => refused));
    expect(said).not.toMatch(
      /Invalid input|received|expected (string|object|array)|Too (big|small)|of them|undefined|\[object/,
    );
  });
});

describe('findings', () => {
  test('come all at once, from every depth, beside one another', () => {
    const data = withSet({
      name: 'Support',
      'agents.triage.image': 'triage:latest',
      'agents.triage.tools.0': 'tickets.serach',
      'tools.tickets.at.cidrs.0': '10.20.0.7',
      'tools.tickets.operations.reply.arguments.ticket.pattern': '(?=x)',
      'approvals.deadline': 0,
      'platform.version': '1.30',
      'owner.deployers': undefined,
      locked: ['agents.*.imag'],
    });
    expect(refusal(() => declare(data))?.map((f) => f.path)).toEqual([
      'name',
      'owner.deployers',
      'platform.version',
      'approvals.deadline',
      'tools.tickets.at.cidrs[0]',
      'tools.tickets.operations.reply.arguments.ticket.pattern',
      'agents.triage.image',
      'agents.triage.tools[0]',
      'locked[0]',
    ]);
  });

  test('stay readable when there are thousands; all of them are in the error', () => {
    const tools = Array.from({ length: 1000 }, (_, i) => `wiki.page${i}`);
    const data = withSet({
      'agents.triage.tools': tools,
      'agents.triage.needsApproval': [],
      'agents.triage.sequence': [],
    });
    expect(refusal(() => declare(data))).toHaveLength(1000);
    expect(messageOf(data)).toMatch(/1000 problems in the declaration\n/);
    expect(messageOf(data)).toMatch(/\n {2}and 900 more$/);
    expect(messageOf(data).length).toBeLessThan(30_000);
  });

  test('have no stack frames; the message is complete', () => {
    const message = messageOf(withSet({ host: 'https://x' }));
    expect(message).toBe(
      [
        'DeclarationError: environment "support-desk": 1 problem in the declaration',
        '  host',
        '    found:    "https://x"',
        '    expected: a DNS name, without scheme, port, path, wildcard or address',
        '    fix:      leave the scheme out: TLS is always used, plain HTTP has no spelling',
      ].join('\n'),
    );
  });

  test.each(['models', 'tools.tickets.operations.reply.arguments', 'agents'])(
    'about a broken %s do not bring others about what refers to it',
    (path) => {
      const paths = refusal(() => declare(withSet({ [path]: 'x' })))?.map((f) => f.path);
      expect(paths).toEqual([path]);
    },
  );

  test('about a tool that cannot be read say nothing about its operations', () => {
    expect(refusal(() => declare(withSet({ 'tools.tickets': 7 })))?.map((f) => f.path)).toEqual(['tools.tickets']);
  });
});

describe('a credential', () => {
  const CREDENTIALS = [
    'sk-ant-api03-4nTx9Qz81LmWcAAbbCCdd',
    'ghp_16C7e42F292c6912E7710c838347Ae178B4a',
    'github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz',
    'xoxb-1234567890-abcdefghij',
    'AKIAIOSFODNN7EXAMPLE',
    'AIzaSyA1234567890abcdefghijklmnopqrstu',
    'glpat-abcdefghij1234567890',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc',
    'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n',
    'postgres://app:hunter2hunter2@db.example.com/x',
    'd41d8cd98f00b204e9800998ecf8427ef00d',
  ];
  /** Places where a string stands, or where an object is due. */
  const PLACES = [
    'name',
    'host',
    'owner',
    'owner.contact',
    'owner.deployers.0',
    'users.issuer',
    'users.audience',
    'approvals.host',
    'approvals.approvers.0',
    'models.claude.auth',
    'models.claude.auth.secret',
    'models.claude.auth.secret.secret',
    'models.claude.auth.secret.key',
    'models.claude.auth.token',
    'models.claude.names.0',
    'models.claude.at.host',
    'tools.tickets.path',
    'tools.tickets.at.cidrs.0',
    'tools.tickets.operations.reply.arguments.ticket.pattern',
    'tools.tickets.operations.reply.arguments.ticket',
    'state.password',
    'state.database',
    'state.at.ca',
    'supplyChain.signer.subject',
    'platform.publicIssuer',
    'platform.telemetry.pods.app',
    'agents.triage.image',
    'agents.triage.tools.0',
    'agents.triage.models.0',
    'agents.triage.mayAsk.0',
    'agents.triage.env',
    'agents.triage.health.path',
    'agents.triage.behaviour.processes.0',
    'agents.triage.needsApproval.0.operation',
    'agents.triage.apiKey',
  ];
  /** Where random words without the marks of a credential are ordinary text. */
  const ORDINARY = new Set([
    'name',
    'owner.contact',
    'users.audience',
    'models.claude.names.0',
    'supplyChain.signer.subject',
    'state.database',
    'platform.telemetry.pods.app',
    'tools.tickets.operations.reply.arguments.ticket.pattern',
    'agents.triage.env',
  ]);
  const marked = (value: string): boolean => !/^[\w/]+$/.test(value) || /^(gh|AK|AI|sk|xox|gl)/.test(value);

  test.each(PLACES.map((path, i) => [path, i] as const))('pasted as %s is refused and never shown', (path, i) => {
    // Each place meets four of them, each of them a dozen places.
    for (const credential of [0, 1, 2, 3].map((n) => CREDENTIALS[(i * 5 + n * 3) % CREDENTIALS.length] as string)) {
      const message = messageOf(withSet({ [path]: credential }));
      expect(message).not.toContain(credential.slice(0, 60));
      expect(message).not.toContain(credential.split('\n')[1] ?? credential);
      if (!ORDINARY.has(path) || marked(credential))
        expect([credential, message]).toEqual([credential, expect.stringContaining('expected:')]);
    }
  });

  test.each([
    'agents.triage.env',
    'agents',
    'tools',
    'models',
    'tools.tickets.operations',
    'agents.triage',
    'platform',
  ])('as a key of %s is never shown', (path) => {
    for (const credential of CREDENTIALS) {
      const message = messageOf(put(plainBase(), path, { [credential]: 'x' }));
      expect(message).not.toContain(credential);
      if (!ORDINARY.has(path) || marked(credential)) expect(message).toContain('expected:');
    }
  });

  test('is not seen where there is none', () => {
    const env = {
      CONFIG: '/opt/application/configuration/settings/production',
      NAMES: 'a-rather-long-name-of-a-thing-that-nobody-would-call-a-credential',
      REGION: 'eu-central-1',
      LOCALE: 'sk-SK',
      IMAGE: 'registry.example.com/a@sha256:f05e07feae72b721ff56673b08f29f2226921c30bfd76eb89244a5edfe7c8fa2',
      URL: 'https://example.com/a?b=c',
    };
    expect(refusal(() => declare(withSet({ 'agents.triage.env': env })))).toBeUndefined();
  });
});

describe('what is no data', () => {
  const whole = { ...base, agents: { triage: agent } };
  class Isolated {
    readonly kind = 'gvisor';
  }
  const cyclic = (): unknown => {
    const env: Record<string, unknown> = {};
    env.SELF = env;
    return env;
  };
  const holes = (): unknown => {
    const list: unknown[] = ['tickets.search'];
    list[3] = 'tickets.reply';
    return list;
  };
  const deep = (): unknown => {
    let value: unknown = 'x';
    for (let i = 0; i < 100_000; i++) value = [value];
    return value;
  };
  const thrower = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new TypeError('boom');
      },
    },
  );
  const cases: readonly (readonly [string, string, unknown, string, string])[] = [
    [
      'a class instance',
      'agents.triage.isolation',
      new Isolated(),
      'agents.triage.isolation',
      'an instance of Isolated',
    ],
    ['a Date', 'approvals.deadline', new Date(0), 'approvals.deadline', 'an instance of Date'],
    ['a Map', 'agents.triage.env', new Map(), 'agents.triage.env', 'an instance of Map'],
    ['a Set', 'agents.triage.tools', new Set(), 'agents.triage.tools', 'an instance of Set'],
    ['a promise', 'agents', Promise.resolve({}), 'agents', 'an instance of Promise'],
    ['a boxed string', 'host', new String('a.example.com'), 'host', 'an instance of String'],
    [
      'inherited data',
      'agents.triage.isolation',
      Object.create({ kind: 'kata' }),
      'agents.triage.isolation',
      'an instance of a class',
    ],
    ['a function', 'agents.triage.health', () => '/healthz', 'agents.triage.health', 'a function'],
    ['a symbol', 'agents.triage.mayAsk', [Symbol('group:x')], 'agents.triage.mayAsk[0]', 'a symbol'],
    ['a bigint', 'agents.triage.workload.replicas', 2n, 'agents.triage.workload.replicas', 'a bigint'],
    ['a symbol as key', 'agents.triage.env', { [Symbol('x')]: '1' }, 'agents.triage.env[Symbol(x)]', 'a symbol as key'],
    [
      'a cycle',
      'agents.triage.env',
      cyclic(),
      'agents.triage.env.SELF',
      'the object that stands at agents.triage.env, again',
    ],
    ['a list with holes', 'agents.triage.tools', holes(), 'agents.triage.tools', 'a list with a hole at [1]'],
    ['an endless list', 'agents.triage.tools', new Array(4294967295), 'agents.triage.tools', 'a list of 4294967295'],
    ['endless depth', 'agents.triage.env', deep(), 'agents.triage.env', 'more than 32 levels'],
    ['endless text', 'owner.contact', 'x'.repeat(1e6), 'owner.contact', 'text of 1000000 characters'],
    ['a proxy that throws', 'agents.triage.env', thrower, 'agents.triage.env', 'an object that cannot be read'],
    ['a proxy that is revoked', 'owner', revoked(), 'owner', 'an object that cannot be read'],
    [
      '__proto__',
      'agents.triage.env',
      JSON.parse('{"__proto__":"x"}'),
      'agents.triage.env.__proto__',
      'the key "__proto__"',
    ],
    ['__proto__ as an agent', 'agents', JSON.parse('{"__proto__":{}}'), 'agents.__proto__', 'the key "__proto__"'],
    ['constructor as a tool', 'tools.constructor', {}, 'tools.constructor', 'the key "constructor"'],
    [
      'prototype as an argument',
      'tools.tickets.operations.search.arguments',
      { prototype: { kind: 'boolean' } },
      'tools.tickets.operations.search.arguments.prototype',
      'the key "prototype"',
    ],
  ];
  function revoked(): unknown {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  }

  test.each(cases)('%s', (_id, at, value, path, found) => {
    const findings = refusal(() => declare(withSet({ [at]: value })));
    expect(findings?.[0]).toMatchObject({ path, found });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('a getter is not called', () => {
    let calls = 0;
    const triage = Object.defineProperty({ ...agent }, 'image', { enumerable: true, get: () => `image ${calls++}` });
    expect(refusal(() => declare({ ...base, agents: { triage } }))).toEqual([
      {
        path: 'agents.triage.image',
        found: 'a getter or setter',
        expected: 'a value, the same however often it is read',
        fix: 'write the value itself',
      },
    ]);
    expect(calls).toBe(0);
  });

  test.each([undefined, null, 0, '', 'support-desk', [], () => whole, Symbol('x'), 1n, new Date(0), NaN])(
    'in place of a declaration: %p',
    (value) => {
      const findings = refusal(() => declare(value)) ?? [];
      expect(findings.length).toBeGreaterThan(0);
      expect(findings[0]?.path).toBe('');
    },
  );

  test('data that shares parts a thousand times over is read once', () => {
    let shared: unknown = { a: 1 };
    for (let i = 0; i < 28; i++) shared = { a: shared, b: shared };
    expect(refusal(() => declare(withSet({ smuggled: shared })))?.map((f) => f.path)).toEqual(['smuggled']);
  });
});

describe('what is data, though odd', () => {
  test('undefined, where a part may be left out, is left out', () => {
    const declared = environment({
      ...base,
      suppressions: undefined,
      agents: { triage: { ...agent, env: undefined } },
    });
    expect('suppressions' in declared).toBe(false);
    expect('env' in declared.agents.triage).toBe(false);
  });

  test('frozen, null-prototype and shared parts', () => {
    const isolation = Object.assign(Object.create(null), { kind: 'userNamespace' }) as { kind: 'userNamespace' };
    const one = Object.freeze({ ...agent, isolation });
    const declared = environment({ ...base, agents: { one, other: one } });
    expect(declared.agents.one).toEqual(declared.agents.other);
    expect(Object.getPrototypeOf(declared.agents.one.isolation)).toBe(Object.prototype);
  });

  test('-0 is 0', () => {
    const declared = declare(withSet({ 'agents.triage.workload.replicas': -0 })) as typeof base & {
      agents: { triage: { workload: { replicas: number } } };
    };
    expect(Object.is(declared.agents.triage.workload.replicas, 0)).toBe(true);
  });

  test('the result shares nothing with what was written', () => {
    const data = plainBase();
    const declared = declare(data);
    put(data, 'agents.triage.image', 'x');
    expect(declared).toEqual(plainBase());
    expect(Object.isFrozen(data)).toBe(false);
  });
});

test('a DeclarationError is what a user catches', () => {
  expect(() => declare({})).toThrow(DeclarationError);
});
