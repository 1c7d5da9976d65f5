import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from '../lib';
import { filesOf, synthesize } from '../lib/synth/driver';
import { withSession } from '../lib/synth/session';

const APPS = join(__dirname, '../apps');
const apps = readdirSync(APPS).filter((file) => file.endsWith('.ts'));

/** Loads one of the example apps and takes what it would write. */
const treeOf = async (file: string): Promise<{ name: string; tree: ReadonlyMap<string, string> }> => {
  const created: App[] = [];
  const session = {
    created: (app: App) => created.push(app),
    synthesized: () => undefined,
    refused: (_app: App, error: unknown) => {
      throw error;
    },
  };
  await withSession(session as never, async () => {
    await import(join(APPS, file));
  });
  const synthesis = synthesize(created[0] as App);
  return { name: synthesis.declaration.name, tree: filesOf(synthesis) };
};

describe('every example environment is what its golden tree says', () => {
  test.each(apps)('%s', async (file) => {
    const { name, tree } = await treeOf(file);
    expect(tree.size).toBeGreaterThan(20);
    expect(tree).toMatchGolden(name);
  });
});
