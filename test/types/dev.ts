import type { Dev } from '../../cli/dev';
import type { dev } from '../../dev';

/** The command finds `dev/` by its path, so that nothing of it is built; this holds that they fit together. */
export type Fits = typeof dev extends Dev['dev'] ? true : never;
export const fits: Fits = true;
