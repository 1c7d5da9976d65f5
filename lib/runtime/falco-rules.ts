import { RUNGS } from '../../contract/warden';
import type { Context } from '../context';
import { declaredRules } from './falco-declared';
import { falcoText } from './falco-model';
import { neverRules } from './falco-never';
import { scopeOf } from './falco-scope';
import { falcoNotices } from './watched';

/**
 * The Falco rules of one environment, generated from declared behaviour; undefined when no agent can be watched.
 * Falco reports the first rule that matches an event, so the gravest stand first.
 */
export function falcoRules(context: Context): string | undefined {
  const scope = scopeOf(context);
  if (scope.agents.length === 0) return undefined;
  const rules = [...neverRules(scope), ...declaredRules(scope)].sort(
    (a, b) => RUNGS.indexOf(b.rung) - RUNGS.indexOf(a.rung),
  );
  return falcoText(
    [
      `Falco rules of ${context.names.environment}, from the declared behaviour of its agents.`,
      'The tag firepit_<rung> says what the warden does. The first rule that matches an event counts.',
      'A blocking connect that fails reports no address: then network policy has refused it already.',
      ...falcoNotices(context).map((notice) => `NOTE: ${notice}.`),
    ],
    scope.lists,
    scope.macros,
    rules,
  );
}
