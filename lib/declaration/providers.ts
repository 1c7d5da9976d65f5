import type { DeclarationFinding } from '../errors';
import { didYouMean } from '../text';
import { at, entries, Findings, keys, words } from './_loose';

/** Lists of people and groups, by their paths. */
const principals = (env: unknown): [path: string, principal: string][] =>
  [
    ...entries(at(env, 'agents')).map(([name, agent]) => [`agents.${name}.mayAsk`, at(agent, 'mayAsk')] as const),
    ['approvals.approvers', at(env, 'approvals', 'approvers')] as const,
  ].flatMap(([path, list]) => words(list).map(([i, word]): [string, string] => [`${path}[${i}]`, word]));

const issuers = (env: unknown, out: Findings): void => {
  const seen = new Map<unknown, string>();
  for (const [name, provider] of entries(at(env, 'users', 'providers'))) {
    const issuer = at(provider, 'issuer');
    const other = seen.get(issuer);
    if (typeof issuer === 'string' && other !== undefined)
      out.add(
        `users.providers.${name}.issuer`,
        issuer,
        `an issuer of its own; ${other} has this one`,
        'the issuer of a token says which provider it is: declare each once',
      );
    seen.set(issuer, name);
  }
};

/** What is wrong with how a person or group is written; undefined where it is one of a declared provider. */
const fixFor = (principal: string, names: readonly string[]): string | undefined => {
  const [kind = '', name = ''] = principal.split(':', 2);
  const [provider = '', ...rest] = name.split('/');
  if (names.includes(provider)) return rest.join('/') === '' ? `write it as ${kind}:${provider}/<name>` : undefined;
  return (rest.length === 0 ? undefined : didYouMean(provider, names)) ?? `write it as ${kind}:${names[0]}/${name}`;
};

/** Where there are several identity providers, each has an issuer of its own, and people and groups say of which they are. */
export function providerProblems(env: unknown): DeclarationFinding[] {
  const out = new Findings();
  if (at(env, 'users', 'kind') !== 'oneOf') return out.all;
  issuers(env, out);
  const names = keys(at(env, 'users', 'providers'));
  if (names.length === 0)
    out.tell('users.providers', 'no provider', 'at least one', 'write { staff: Users.oidc({ issuer, audience }) }');
  for (const [path, principal] of names.length === 0 ? [] : principals(env)) {
    const fix = fixFor(principal, names);
    if (fix !== undefined)
      out.add(path, principal, `user:… or group:…, then <provider>/<name>, of ${names.join(', ')}`, fix);
  }
  return out.all;
}
