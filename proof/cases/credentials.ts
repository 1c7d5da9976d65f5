import { identitySecret } from '../../lib/runtime/objects';
import { allowed, type Case, type Family, policy, type Ref, refused } from '../case';
import type { Loose, Subject } from '../subject';

const NAME = 'firepit-proof';
const secret = (namespace: string, rest: Loose): Loose => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: NAME, namespace, ...rest.metadata },
  ...Object.fromEntries(Object.entries(rest).filter(([key]) => key !== 'metadata')),
});
const TOKEN = { type: 'kubernetes.io/service-account-token' };
const KEY = { stringData: { key: 'not-a-secret' } };

const identities = (subject: Subject): Case[] =>
  Object.keys(subject.declaration.agents).flatMap((agent) => {
    const ref: Ref = { apiVersion: 'v1', kind: 'Secret', name: identitySecret(agent), namespace: subject.names.agents };
    const fill = { stringData: { 'tls.key': 'not-a-key' } };
    const row = (id: string, what: string, patch: Loose, as = subject.who.owner): Case =>
      refused(policy('identities'), {
        id: `identities/${id}`,
        threats: ['kill-that-does-not-stick', 'forged-certificate'],
        what,
        on: agent,
        as,
        attempt: { verb: 'patch', ref, patch },
      });
    return [
      row('filled', "somebody fills an agent's identity", fill),
      row('filled-by-deployer', "a deployer fills an agent's identity", fill, subject.who.deployer),
      row('frozen', "an agent's identity is frozen", { immutable: true }),
      allowed(policy('identities'), {
        id: 'identities/handed-over',
        threats: ['kill-switch-disarmed'],
        what: 'the warden hands over a certificate',
        on: agent,
        as: subject.who.warden,
        attempt: { verb: 'patch', ref, patch: fill },
      }),
    ];
  });

const tokens = (subject: Subject): Case[] => {
  const { agents, control } = subject.names;
  const [agent = ''] = subject.agents;
  const of = (id: string, namespace: string, name: string, as = subject.who.owner): Case =>
    refused(policy('tokens'), {
      id: `tokens/${id}`,
      threats: ['borrowed-account', 'credential-in-the-agent'],
      what: `a token of the ${id} by hand`,
      as,
      attempt: {
        verb: 'post',
        ref: { apiVersion: 'v1', kind: 'ServiceAccount', name, namespace },
        subresource: 'token',
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 600 } },
      },
    });
  return [
    of('agent', agents, agent),
    of('warden', control, 'warden'),
    of('governor', control, 'governor', subject.who.deployer),
  ];
};

/** Credentials: where they may be, and who hands them out. */
export const credentials: Family = (subject) => {
  const { agents, control } = subject.names;
  const legacy = (namespace: string, account: string): Loose =>
    secret(namespace, { ...TOKEN, metadata: { annotations: { 'kubernetes.io/service-account.name': account } } });
  const [agent = ''] = subject.agents;
  return [
    refused(policy('no-data-in-secrets'), {
      id: 'secrets/beside-the-agent',
      threats: ['credential-in-the-agent', 'credential-spread'],
      what: "a Secret with data in the agents' namespace",
      as: subject.who.deployer,
      attempt: { verb: 'create', object: secret(agents, KEY) },
    }),
    refused(policy('no-data-in-secrets'), {
      id: 'secrets/false-identity',
      threats: ['credential-in-the-agent'],
      what: 'a Secret with data that calls itself an identity',
      as: subject.who.owner,
      attempt: {
        verb: 'create',
        object: { ...secret(agents, KEY), metadata: { name: `${NAME}-identity`, namespace: agents } },
      },
    }),
    refused(policy('no-data-in-secrets'), {
      id: 'secrets/agent-token',
      threats: ['borrowed-account', 'api-server-from-a-pod'],
      what: "a lasting token of an agent's account",
      as: subject.who.owner,
      attempt: { verb: 'create', object: legacy(agents, agent) },
    }),
    refused(policy('legacy-tokens'), {
      id: 'secrets/warden-token',
      threats: ['borrowed-account', 'credential-spread'],
      what: "a lasting token of the warden's account",
      as: subject.who.owner,
      attempt: { verb: 'create', object: legacy(control, 'warden') },
    }),
    allowed(policy('no-data-in-secrets'), {
      id: 'secrets/pull-secret',
      threats: [],
      what: 'a pull secret for images',
      as: subject.who.owner,
      attempt: {
        verb: 'create',
        object: secret(agents, {
          type: 'kubernetes.io/dockerconfigjson',
          stringData: { '.dockerconfigjson': '{"auths":{}}' },
        }),
      },
    }),
    allowed(policy('legacy-tokens'), {
      id: 'secrets/upstream-key',
      threats: [],
      what: 'the key of an upstream, in the control namespace',
      as: subject.who.owner,
      attempt: { verb: 'create', object: secret(control, KEY) },
    }),
    ...identities(subject),
    ...tokens(subject),
  ];
};
