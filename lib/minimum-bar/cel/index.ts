/** As much of CEL (https://cel.dev) as admission policies use: enough to run them against objects before a cluster does. */
export { CelError, Unreadable } from './lex';
export { cel } from './parse';
export { type Eval, type Expression, Lazy, Optional, Scope } from './values';
