import type { EnvironmentDeclaration } from '../../lib/declaration';
import type { Principal } from '../../lib/declaration/people';
import { agentPath } from '../../lib/gateway/paths';
import type { Call } from './calls';
import type { Asker, Person } from './people';

/** Of a gateway that serves another host. */
const NO_SUCH_HOST = 404;
const SOMEBODY = 'somebody-of-the-proof';

/** Somebody who is that principal. */
function personOf(principal: Principal, { users }: EnvironmentDeclaration): Person {
  const [, kind, rest = ''] = /^(user|group):(.*)$/.exec(principal) ?? [];
  const slash = rest.indexOf('/');
  const isNamed = users.kind === 'oneOf' && slash > 0;
  const name = isNamed ? rest.slice(slash + 1) : rest;
  return {
    ...(isNamed ? { provider: rest.slice(0, slash) } : {}),
    ...(kind === 'user' ? { subject: name, groups: [] } : { subject: SOMEBODY, groups: [name] }),
  };
}

/** Another provider than the person's, where there are several: there the same name is somebody else's. */
const otherProvider = ({ users }: EnvironmentDeclaration, { provider }: Person): string | undefined =>
  users.kind === 'oneOf' ? Object.keys(users.providers).find((name) => name !== provider) : undefined;

/** What a person asks of an agent at the front, and who may not. None where nobody may ask. */
export function frontOf(declaration: EnvironmentDeclaration, agent: string): Call[] {
  const [principal] = declaration.agents[agent]?.mayAsk ?? [];
  if (principal === undefined) return [];
  const person = personOf(principal, declaration);
  const other = otherProvider(declaration, person);
  const request = {
    method: 'POST',
    path: agentPath(agent),
    headers: { 'content-type': 'application/json' },
    body: '{"question":"what a proof asks"}',
  };
  const asked = { control: 'Governor', threats: ['authorization-by-default'], agent, request } as const;
  const refused = (id: string, code: string, what: string, from: Asker): Call => ({
    ...asked,
    id: `front/${id}`,
    expect: 'refused',
    code,
    what,
    from,
  });
  return [
    { ...asked, id: 'front/asked', threats: [], expect: 'allowed', what: 'a person who may ask', from: { person } },
    refused('without-token', 'unidentified', 'somebody without a token', {}),
    refused('expired', 'unidentified', 'a token that has expired', { person, token: 'expired' }),
    refused('other-audience', 'unidentified', 'a token for another audience', { person, token: 'other-audience' }),
    refused('other-key', 'unidentified', 'a token that somebody else signed', { person, token: 'other-key' }),
    refused('not-among-askers', 'not-permitted', 'a person who may not ask', {
      person: { ...person, subject: SOMEBODY, groups: ['nobody-of-the-proof'] },
    }),
    ...(other === undefined
      ? []
      : [
          {
            ...refused('other-provider', 'not-permitted', 'the same name at another identity provider', {
              person: { ...person, provider: other },
            }),
            threats: ['name-of-another-provider'],
          },
        ]),
    {
      ...asked,
      id: 'front/foreign-host',
      control: 'Gateway',
      threats: ['side-door'],
      expect: 'refused',
      status: NO_SUCH_HOST,
      what: 'the front under a host that nobody declared',
      from: { person, host: 'not-declared.invalid' },
    },
  ];
}
