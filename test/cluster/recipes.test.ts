import { expect, test } from '@jest/globals';
import { folderOf } from '../../cluster/build';
import { RECIPES } from '../../cluster/recipes';
import { DEFINITIONS, OLDEST_KUBERNETES, VERSIONS } from '../../cluster/versions';

test('every family has one exact version and one way to be built, and no program comes twice', () => {
  expect(Object.keys(RECIPES).sort()).toEqual(Object.keys(VERSIONS).sort());
  const versions = [...Object.values(VERSIONS), ...Object.values(DEFINITIONS).map(({ version }) => version)];
  for (const version of [...versions, OLDEST_KUBERNETES])
    expect(version).toMatch(/^v\d+\.\d+\.\d+(-\d{14}-[0-9a-f]{12})?$/);
  const programs = Object.values(RECIPES).flatMap((recipe) => Object.keys(recipe.programs));
  expect(new Set(programs).size).toBe(programs.length);
});

test('versions never share a folder of the cache', () => {
  expect(folderOf('kubernetes')).toMatch(new RegExp(`/firepit/kubernetes-${VERSIONS.kubernetes}$`));
  expect(folderOf('kubernetes', OLDEST_KUBERNETES)).not.toBe(folderOf('kubernetes'));
});

test('Kubernetes says its version', () => {
  expect(RECIPES.kubernetes.ldflags?.('v1.36.3')).toContain('version.gitVersion=v1.36.3');
  expect(RECIPES.kubernetes.ldflags?.('v1.36.3')).toContain('version.gitMinor=36 ');
});
