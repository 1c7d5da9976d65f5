import { describe, expect, test } from '@jest/globals';
import { type EnvironmentDeclaration, environment } from '../../lib/declaration';
import { checkDeclaration } from '../../lib/declaration/environment';
import { declarations } from '../support/arbitrary-declaration';
import fc from '../support/property';
import { runs } from '../support/runs';
import { plainBase, put, refusal } from './_data';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Path = readonly string[];

/** Every place of a value. */
const places = (value: unknown, path: Path = []): Path[] => [
  ...(path.length > 0 ? [path] : []),
  ...(typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => places(inner, [...path, key]))
    : []),
];

const isFrozen = (value: unknown): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (Object.isFrozen(value) && Object.values(value).every((inner) => isFrozen(inner)));

/** Equal, the order of keys included, but for what JSON cannot say: -0, and undefined in objects. */
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const declare = (data: unknown): EnvironmentDeclaration => environment(data as never) as EnvironmentDeclaration;

describe('any sound declaration', () => {
  test('is what was written, frozen, and itself when declared again', () => {
    fc.assert(
      fc.property(declarations, (written) => {
        const before = structuredClone(written);
        const declared = declare(written);
        expect(same(declared, written)).toBe(true);
        expect(same(written, before)).toBe(true);
        expect(isFrozen(declared)).toBe(true);
        expect(declare(declared)).toBe(declared);
        expect(same(checkDeclaration(structuredClone(declared)), declared)).toBe(true);
      }),
      { numRuns: runs(40) },
    );
  });

  test('survives JSON', () => {
    fc.assert(
      fc.property(declarations, (written) => {
        expect(JSON.stringify(declare(JSON.parse(JSON.stringify(written))))).toBe(JSON.stringify(declare(written)));
      }),
      { numRuns: runs(20) },
    );
  });

  test('has somebody to approve, approval of what destroys, and bundled state only to read inside', () => {
    const judge = (
      d: EnvironmentDeclaration,
      agent: EnvironmentDeclaration['agents'][string],
      reference: string,
    ): void => {
      const [tool, name] = reference.split('.') as [string, string];
      const operation = d.tools[tool]!.operations[name]!;
      const approved = agent.needsApproval.some((r) => r.kind === 'operation' && r.operation === reference);
      if (operation.effect === 'destructive') expect(approved).toBe(true);
      if (d.state.kind === 'bundled') expect([operation.effect, operation.reach]).toEqual(['read', 'internal']);
    };
    fc.assert(
      fc.property(declarations, (d) => {
        expect(d.approvals.approvers.length).toBeGreaterThan(0);
        for (const agent of Object.values(d.agents)) for (const reference of agent.tools) judge(d, agent, reference);
      }),
      { numRuns: runs(40) },
    );
  });

  test('is varied', () => {
    const sample = fc.sample(declarations, { numRuns: 150, seed: 1 });
    const text = sample.map((d) => JSON.stringify(d)).join('\n');
    for (const kind of [
      ...['kubernetes', 'openshift', 'external', 'private', 'inCluster', 'postgres', 'bundled', 'keyless', 'key'],
      ...['userNamespace', 'gvisor', 'kata', 'mcpServer', 'httpApi', 'anthropic', 'openai', 'http', 'exec'],
      ...[
        'operation',
        'when',
        'countOver',
        'sumOver',
        'atMost',
        'neverBefore',
        'onlyAfter',
        'onlyWhen',
        'deny',
        'distinctOver',
        'formerly',
        'previous',
        'since',
        'bearer',
        'apiKey',
        'none',
      ],
      ...['matches', 'text', 'number', 'integer', 'boolean', 'oneOf'],
    ])
      expect(text).toContain(`"kind":"${kind}"`);
    expect(new Set(sample.map((d) => Object.keys(d.agents).length))).toEqual(new Set([1, 2, 3, 4]));
    expect(sample.filter((d) => Object.values(d.agents).some((a) => a.tools.length > 1)).length).toBeGreaterThan(30);
  });
});

describe('anything else', () => {
  const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;

  test('that JSON can say is refused, with findings', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(refusal(() => declare(value))?.length).toBeGreaterThan(0);
      }),
      { numRuns: runs(100) },
    );
  });

  test('that JavaScript can say is refused, with findings', () => {
    const anything = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
    });
    fc.assert(
      fc.property(anything, (value) => {
        expect(refusal(() => declare(value))?.length).toBeGreaterThan(0);
        const part = refusal(() => declare(put(plainBase(), 'agents.triage.isolation', value)));
        expect(part?.[0]?.path).toMatch(/^agents\.triage\.isolation/);
      }),
      { numRuns: runs(50) },
    );
  });

  /** Values that are wrong nearly everywhere, and some that may be right. */
  const replacement = fc.oneof(
    json,
    fc.constantFrom<unknown>(undefined, Number.NaN, Number.POSITIVE_INFINITY, -0, -1, 1e308, '', '*', {}, [], null),
    fc.string({ unit: 'binary', maxLength: 30 }),
  );
  const set = (data: unknown, path: Path, value: unknown): void => {
    const parent = path.slice(0, -1).reduce((node, key) => (node as Record<string, unknown>)[key], data) as Record<
      string,
      unknown
    >;
    if (value === undefined && !Array.isArray(parent)) delete parent[path.at(-1) as string];
    else parent[path.at(-1) as string] = value;
  };

  test('that differs from a declaration in one place is accepted as it is, or refused with a path', () => {
    let refused = 0;
    fc.assert(
      fc.property(
        declarations,
        fc.array(fc.tuple(fc.nat(), replacement), { minLength: 10, maxLength: 10 }),
        (d, edits) => {
          const all = places(d);
          for (const [n, value] of edits) {
            const data = structuredClone(d);
            set(data, all[n % all.length] as Path, value);
            const findings = refusal(() => expect(same(declare(data), data)).toBe(true));
            if (findings !== undefined) refused++;
            for (const f of findings ?? []) {
              expect(f.path).not.toBe('');
              expect(f.found && f.expected && f.fix).toBeTruthy();
              // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
              expect(Object.values(f).join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
            }
          }
        },
      ),
      { numRuns: runs(20) },
    );
    expect(refused).toBeGreaterThan(20);
  });
});
