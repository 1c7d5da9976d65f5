import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { definitions } from '../../cluster/definitions';

const folder = mkdtempSync(join(tmpdir(), 'firepit-definitions-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `npm test` needs no Go, and no network. */
const none = (module: string): string => {
  throw new Error(`${module} cannot be had`);
};

const ROUTES = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: routes.route.openshift.io
`;

test('what no module brings comes from a folder, at any depth', () => {
  mkdirSync(join(folder, 'openshift'));
  writeFileSync(join(folder, 'openshift/routes.crd.yaml'), ROUTES);
  writeFileSync(join(folder, 'other.yaml'), ROUTES.replace('routes.', 'others.'));
  expect(definitions(folder, none).documents).toEqual([ROUTES]);
});

test('what cannot be had is named, with how to have it', () => {
  const { documents, missing } = definitions(join(folder, 'absent'), none);
  expect(documents).toEqual([]);
  expect(missing).toContain(
    'routes.route.openshift.io: no Go module has it; name a folder with its definition in FIREPIT_CRDS',
  );
  expect(missing.join('\n')).toMatch(/certificates.*: github\.com\/cert-manager\/cert-manager cannot be had/);
});

test('what a module brings is read there', () => {
  const at = join(folder, 'module/k8s/crds');
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, 'agents.x-k8s.io_sandboxes.yaml'), 'kind: CustomResourceDefinition\n');
  const has = (module: string): string => (module.endsWith('agent-sandbox') ? join(folder, 'module') : none(module));
  expect(definitions(join(folder, 'absent'), has).documents).toEqual(['kind: CustomResourceDefinition\n']);
});
