import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `package.json` of this package: beside `cli/` in the sources, above `build/` in the package. */
export function version(): string {
  for (const up of ['..', '../..'])
    try {
      return JSON.parse(readFileSync(join(__dirname, up, 'package.json'), 'utf8')).version;
    } catch {}
  return 'unknown';
}
