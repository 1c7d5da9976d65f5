import type { Manifest, Problem, Rule } from '../types';
import { type Data, isData, record } from '../values';
import type { View } from '../view';
import { identitiesOf } from './agents-hold-no-credentials';

const PRIVATE_KEY = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/;

const secretProblems = (view: View, object: Manifest): Problem[] => {
  const out: Problem[] = [];
  for (const field of ['data', 'stringData'])
    if (isData(object[field]) && Object.keys(record(object[field])).length > 0)
      out.push({ object, path: field, problem: 'a value of a Secret stands in the manifests' });
  if (object.immutable === true)
    out.push({ object, path: 'immutable', problem: 'the warden could not take the identity back' });
  if (object.type === 'kubernetes.io/service-account-token')
    out.push({ object, path: 'type', problem: 'it asks for a token that never expires' });
  const namespace = object.metadata?.namespace ?? '';
  if (view.governed.includes(namespace) && !identitiesOf(view, namespace).includes(object.metadata?.name ?? ''))
    out.push({
      object,
      path: 'metadata.name',
      problem: 'it is no identity of a declared agent, and stands beside the agents',
    });
  return out;
};

/** Objects by which a controller would fill a Secret beside the agents. */
const makers = (view: View): Problem[] =>
  view.objects
    .filter((o) => view.governed.includes(o.metadata?.namespace ?? '') && o.kind !== 'Secret')
    .filter((o) => /secret|vault|credential/i.test(o.kind) || o.apiVersion?.startsWith('cert-manager.io/') === true)
    .map((object) => ({ object, path: '', problem: 'by it a controller puts a credential beside the agents' }));

/** Private keys among the configuration. */
const keys = (object: Manifest): Problem[] =>
  Object.entries(record(object.data) as Data)
    .filter(([, text]) => typeof text === 'string' && PRIVATE_KEY.test(text))
    .map(([name]) => ({ object, path: `data['${name}']`, problem: 'a private key stands in a ConfigMap' }));

export const rule: Rule = {
  id: 'secrets-stay-out',
  layer: 'identity',
  info: 'A credential stands in the manifests, or a Secret beside the agents that is no identity.',
  explanation: 'manifests are reviewed, stored and copied by many; a value in them is known to all of them, forever',
  fix: 'create Secrets in the control namespace by hand or by External Secrets; firepit list --secrets says which',
  check: (view) => [
    ...view.all('', 'Secret').flatMap((s) => secretProblems(view, s)),
    ...makers(view),
    ...view.all('', 'ConfigMap').flatMap(keys),
  ],
};
