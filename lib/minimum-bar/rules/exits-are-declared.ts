import type { Rule } from '../types';
import { undeclared } from './entries-are-declared';

export const rule: Rule = {
  id: 'exits-are-declared',
  layer: 'guard',
  info: 'By the union of all NetworkPolicies, a part of the control plane may reach an address that nobody declared.',
  explanation:
    'the gateway holds every credential: beyond declared upstreams it must reach no private, link-local, metadata or cluster address, also when it is tricked',
  fix: 'declare the upstream with External, Private or InCluster, and leave the excepted ranges in place',
  check: (view) => undeclared(view, 'egress'),
};
