import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { type App, type EnvironmentDeclaration, Exposure } from '../../../lib';
import type { Manifest } from '../../../lib/minimum-bar';
import { withSession } from '../../../lib/synth/session';
import { computed, sidesOf } from '../../../proof/network/computed';
import { intended, intendedSides, intendedTable } from '../../../proof/network/intended';
import { type Cell, cellsOf, differences } from '../../../proof/network/matrix';
import type { Party } from '../../../proof/network/party';
import { declarations } from '../../support/arbitrary-declaration';
import { desk } from '../../support/desk';
import { objectsOf } from '../../support/environment';
import { GOLDEN, readTree } from '../../support/golden';
import fc from '../../support/property';
import { changesOf } from './changes';

const APPS = join(__dirname, '../../../apps');

/** What the apps declare, and what stands on disk for each. */
const examples = async (): Promise<{ declaration: EnvironmentDeclaration; objects: Manifest[] }[]> => {
  const created: App[] = [];
  const session = { created: (app: App) => created.push(app), synthesized: () => undefined };
  await withSession(session as never, async () => {
    for (const file of readdirSync(APPS).filter((name) => name.endsWith('.ts') && name !== 'foundation.ts'))
      await import(join(APPS, file));
  });
  return created.map((app) => {
    const { declaration } = app.node.children[0] as unknown as { declaration: EnvironmentDeclaration };
    const tree = [...readTree(join(GOLDEN, declaration.name))].filter(([path]) => path !== 'kustomization.yaml');
    return { declaration, objects: tree.map(([, text]) => parse(text) as Manifest) };
  });
};

const disagreements = (declaration: EnvironmentDeclaration, objects: readonly Manifest[], cells: readonly Cell[]) =>
  differences(
    { name: 'intended', matrix: intended(declaration, cells) },
    { name: 'computed', matrix: computed(objects, cells) },
  );

describe('who may reach whom', () => {
  test('every golden tree says what its declaration intends', async () => {
    const found = await examples();
    expect(found.map(({ declaration }) => declaration.name)).toEqual(
      expect.arrayContaining(readdirSync(GOLDEN).filter((name) => name !== 'foundation')),
    );
    for (const { declaration, objects } of found) {
      const cells = cellsOf(declaration);
      expect(cells.length).toBeGreaterThan(5000);
      expect(disagreements(declaration, objects, cells)).toEqual([]);
    }
  });

  test('so does whatever valid declaration there is', () => {
    fc.assert(
      fc.property(declarations, (declaration) => {
        expect(disagreements(declaration, objectsOf(declaration), cellsOf(declaration))).toEqual([]);
      }),
      { numRuns: 15, endOnFailure: true },
    );
  });

  test('each side lets through what it should by itself, and any change of a policy is seen', () => {
    const declaration = desk();
    const objects = objectsOf(declaration);
    const cells = cellsOf(declaration, undefined, true);
    const wanted = intendedSides(declaration, cells);
    const asked = cells.map((cell) => ({ cell, sends: wanted.sends(cell), receives: wanted.receives(cell) }));
    /** Whether the policies of a namespace, or of all, do something else than what is wanted. */
    const differ = (changed: readonly Manifest[], namespace?: string): boolean => {
      const sides = sidesOf(changed);
      const here = ({ at }: Party): boolean =>
        namespace === undefined || (at.kind === 'pod' && at.namespace === namespace);
      return asked.some(
        ({ cell, sends, receives }) =>
          (here(cell.from) && sides.sends(cell) !== sends) || (here(cell.to) && sides.receives(cell) !== receives),
      );
    };
    expect(differ(objects)).toBe(false);
    const changes = changesOf(objects);
    expect(changes.length).toBeGreaterThan(300);
    const unseen = changes.filter((change) => !differ(change.objects, change.namespace));
    expect(unseen.map(({ what }) => what)).toEqual([]);
  });

  test('an agent has one neighbour, a quarantined one and a pod without labels have none', () => {
    const declaration = desk();
    const open = [...intended(declaration, cellsOf(declaration))].flatMap(([key, is]) => (is ? [key] : []));
    expect(open.filter((key) => key.startsWith('agent ') || key.includes('→ agent '))).toEqual([
      'gateway → agent triage 8443/TCP',
      'agent triage → gateway 9443/TCP',
    ]);
    for (const nobody of ['quarantined', 'without labels', 'stranger', 'another environment', 'metadata', 'own node'])
      expect(open.filter((key) => key.includes(nobody))).toEqual([]);
  });

  test('a front in the cluster alone is open to its callers, and the ingress reaches approvals alone', () => {
    const from = [
      { namespace: 'portal', pods: { app: 'portal' } },
      { namespace: 'portal', pods: { app: 'cli' } },
    ];
    const declaration = desk({ host: Exposure.inCluster({ from }) });
    const cells = cellsOf(declaration, undefined, true);
    const people = [...intended(declaration, cells)].flatMap(([key, is]) =>
      is && key.endsWith(' 8443/TCP') ? [key] : [],
    );
    expect(people.filter((key) => !key.startsWith('gateway →'))).toEqual([
      'caller 1 → gateway 8443/TCP',
      'caller 2 → gateway 8443/TCP',
      'ingress → approvals 8443/TCP',
      'Falco → warden 8443/TCP',
    ]);
    const asked = new Set(cells.map(({ from: { id }, to }) => `${id} → ${to.id}`));
    for (const other of ['beside caller 1', 'a stranger with the labels of caller 1', 'ingress', 'agent triage'])
      expect(asked).toContain(`${other} → gateway`);
    expect(disagreements(declaration, objectsOf(declaration), cells)).toEqual([]);
  });

  test('a reviewer reads it as a table', () => {
    const declaration = desk();
    const lines = intendedTable(declaration, cellsOf(declaration)).split('\n');
    expect(lines[0]).toMatch(/^from +to +port +what for$/);
    expect(lines).toContainEqual(
      expect.stringMatching(/^agent triage +gateway +9443\/TCP +an agent calls models and tools$/),
    );
    expect(lines.at(-1)).toMatch(/^50 connections open, \d+ closed$/);
  });

  test('a party that no workload makes is an error that names it', () => {
    const declaration = desk();
    const without = objectsOf(declaration).filter(
      ({ kind, metadata }) => kind !== 'Deployment' || metadata.name !== 'warden',
    );
    expect(() => computed(without, cellsOf(declaration))).toThrow(/^warden: 0 workloads make pods of namespace/);
  });
});
