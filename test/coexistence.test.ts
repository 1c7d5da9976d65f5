import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { App } from '../lib';
import type { Manifest } from '../lib/minimum-bar';
import { withSession } from '../lib/synth/session';
import { desk } from './support/desk';
import { objectsOf } from './support/environment';
import { shares } from './support/oracle/shares';

const APPS = join(__dirname, '../apps');
const files = readdirSync(APPS).filter((file) => file.endsWith('.ts') && file !== 'foundation.ts');
const all = new Map<string, readonly Manifest[]>();

beforeAll(async () => {
  for (const file of files) {
    const created: App[] = [];
    const session = { created: (app: App) => created.push(app), synthesized: () => undefined };
    await withSession(session as never, async () => {
      await import(join(APPS, file));
    });
    const [chart] = (created[0] as App).node.children as unknown as { objects(): readonly Manifest[] }[];
    all.set(file, chart?.objects() ?? []);
  }
});

describe('two environments of one cluster share nothing but its foundation', () => {
  const pairs = files.flatMap((a, i) => files.slice(i + 1).map((b) => [a, b] as const));

  test.each(pairs)('%s and %s', (a, b) => {
    const [one, other] = [all.get(a) ?? [], all.get(b) ?? []];
    expect(Math.min(one.length, other.length)).toBeGreaterThan(80);
    expect(shares(one, other)).toEqual([]);
  });

  test('one whose name begins with the name of the other', () => {
    expect(shares(objectsOf(desk({ name: 'desk' })), objectsOf(desk({ name: 'desk-two' })))).toEqual([]);
  });
});

describe('what they share is seen', () => {
  // biome-ignore lint/suspicious/noExplicitAny: a test writes what nobody else does
  type Any = any;
  const spoilt = (change: (of: (kind: string, name: string) => Any) => void): string => {
    const mine = structuredClone(objectsOf(desk({ name: 'mine' }))) as Any[];
    change((kind, name) => mine.find((o) => o.kind === kind && o.metadata.name === name));
    return shares(mine, objectsOf(desk({ name: 'yours' }))).join('\n');
  };

  test.each<[string, Parameters<typeof spoilt>[0], string]>([
    [
      'an object',
      (of) => Object.assign(of('ValidatingAdmissionPolicy', 'mine-models').metadata, { name: 'yours-models' }),
      'both have',
    ],
    [
      'a policy without namespaces',
      (of) =>
        Object.assign(of('ValidatingAdmissionPolicy', 'mine-models').spec.matchConstraints, { namespaceSelector: {} }),
      'mine-models is about yours',
    ],
    [
      'a neighbour everywhere',
      (of) => (of('NetworkPolicy', 'default-deny').spec.egress = [{ to: [{ namespaceSelector: {} }] }]),
      'default-deny is about yours',
    ],
    [
      'a right',
      (of) =>
        of('RoleBinding', 'warden').subjects.push({
          kind: 'ServiceAccount',
          name: 'warden',
          namespace: 'yours-control',
        }),
      'gives rights to yours-control',
    ],
    [
      'a rule of Falco',
      (of) =>
        (of('ConfigMap', 'falco-rules-mine').data['rules.yaml'] = '- macro: yours_POD\n  condition: never_true\n'),
      "both have Falco's yours_POD",
    ],
    [
      'a name',
      (of) => (of('Deployment', 'governor').spec.template.spec.hostname = 'warden.yours-control.svc'),
      'names yours',
    ],
  ])('%s', (_what, change, says) => {
    expect(spoilt(change)).toContain(says);
  });
});
