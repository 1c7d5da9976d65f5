import { CelError, Unreadable } from './lex';
import { bool, type Eval, items, Optional, type Scope } from './values';

type Macro = (list: Eval, name: string, ...bodies: readonly Eval[]) => Eval;

/** Runs a predicate over all items; an error counts only where no item decides. */
const any = (list: readonly unknown[], wanted: boolean, test: (item: unknown) => boolean): boolean => {
  let error: unknown;
  for (const item of list) {
    try {
      if (test(item) === wanted) return true;
    } catch (e) {
      error = e;
    }
  }
  if (error !== undefined) throw error;
  return false;
};

const first = (bodies: readonly Eval[]): Eval => {
  const body = bodies[0];
  if (body === undefined) throw new Unreadable('a macro needs an expression');
  return body;
};
const holds = (scope: Scope, name: string, body: Eval) => (item: unknown) => bool(body(scope.with(name, item)));

/** Macros over lists and the keys of maps. */
export const MACROS: Readonly<Record<string, Macro>> = {
  all: (list, name, ...bodies) => {
    const body = first(bodies);
    return (scope) => !any(items(list(scope)), false, holds(scope, name, body));
  },
  exists: (list, name, ...bodies) => {
    const body = first(bodies);
    return (scope) => any(items(list(scope)), true, holds(scope, name, body));
  },
  exists_one: (list, name, ...bodies) => {
    const body = first(bodies);
    return (scope) => items(list(scope)).filter(holds(scope, name, body)).length === 1;
  },
  filter: (list, name, ...bodies) => {
    const body = first(bodies);
    return (scope) => items(list(scope)).filter(holds(scope, name, body));
  },
  map: (list, name, ...bodies) => {
    const body = bodies[bodies.length - 1] ?? first(bodies);
    const keep = bodies.length > 1 ? bodies[0] : undefined;
    return (scope) => {
      const all = items(list(scope));
      const kept = keep === undefined ? all : all.filter(holds(scope, name, keep));
      return kept.map((item) => body(scope.with(name, item)));
    };
  },
  optMap: (value, name, ...bodies) => {
    const body = first(bodies);
    return (scope) => {
      const o = value(scope);
      if (!(o instanceof Optional)) throw new CelError('optMap needs an optional value');
      return o.present ? Optional.of(body(scope.with(name, o.value))) : Optional.none;
    };
  },
};
