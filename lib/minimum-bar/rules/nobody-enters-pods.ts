import { NAMESPACE_ADMIN } from '../probes';
import type { Rule } from '../types';
import { type Attack, admitted } from './_probe';

const DOORS = ['pods/exec', 'pods/attach', 'pods/portforward', 'pods/proxy', 'services/proxy'];

const attacks = (namespace: string): readonly Attack[] =>
  DOORS.map((resource) => ({
    what: `${resource} in ${namespace}`,
    request: {
      operation: 'CONNECT',
      group: '',
      version: 'v1',
      resource,
      namespace,
      name: 'any',
      object: {},
      user: NAMESPACE_ADMIN,
    },
  }));

export const rule: Rule = {
  id: 'nobody-enters-pods',
  layer: 'identity',
  info: 'Somebody may enter a running pod: exec, attach, port-forward or proxy.',
  explanation:
    'inside the gateway are all credentials and inside the governor all decisions; what is done there by hand is in no record',
  fix: 'keep the admission policy that refuses CONNECT in both namespaces; debug a copy outside the environment',
  check: (view) => view.namespaces.flatMap((namespace) => admitted(view, `Namespace ${namespace}`, attacks(namespace))),
};
