import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Copies the example apps into a project, written as a user of the package writes them. */
export function copyApps(root: string, project: string): void {
  cpSync(join(root, 'apps'), join(project, 'apps'), { recursive: true });
  for (const entry of readdirSync(join(project, 'apps'), { recursive: true, withFileTypes: true })) {
    if (!entry.name.endsWith('.ts')) continue;
    const file = join(entry.parentPath, entry.name);
    const text = readFileSync(file, 'utf8')
      .replace(/'(\.\.\/)+lib'/g, "'firepit'")
      .replace(/'(\.\.\/)+blueprints'/g, "'firepit/blueprints'");
    writeFileSync(file, text);
  }
}
