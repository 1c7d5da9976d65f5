import { platformOf } from '../../platform';
import type { PodTemplate } from '../pods';
import { podRequest, withSpec } from '../probes';
import type { Problem, Rule } from '../types';
import { at, list, records, same, show } from '../values';
import type { View } from '../view';
import { type Attack, admitted, healthy } from './_probe';

const podProblems = (view: View, pod: PodTemplate): Problem[] => {
  const { spec } = pod;
  const out: Problem[] = [];
  const here = (path: string, problem: string): void => {
    out.push({ object: pod.owner, path: pod.at(path), problem });
  };
  if (spec.dnsPolicy !== 'None')
    here('dnsPolicy', `dnsPolicy is ${show(spec.dnsPolicy)}: it asks the cluster's name servers`);
  if (!same(spec.dnsConfig, { nameservers: ['127.0.0.1'] }))
    here('dnsConfig', `dnsConfig is ${show(spec.dnsConfig)}, not one name server on loopback, where nobody answers`);
  const address = platformOf(view.declaration.platform).gatewayAddress;
  const wanted = address.kind === 'reserved' ? [{ ip: address.ip, hostnames: [view.names.service('gateway')] }] : [];
  if (!same(list(spec.hostAliases), wanted))
    here('hostAliases', `hostAliases are ${show(spec.hostAliases)}: the gateway is the one name it may know`);
  return out;
};

const attacks = (view: View, template: PodTemplate): readonly Attack[] => [
  {
    what: 'an agent pod with another host alias',
    request: podRequest(
      view,
      template,
      withSpec(() => ({ hostAliases: [{ ip: '203.0.113.7', hostnames: [view.names.service('gateway')] }] })),
    ),
  },
  {
    what: 'an agent pod with one host alias more',
    request: podRequest(
      view,
      template,
      withSpec((spec) => ({
        hostAliases: [...records(spec.hostAliases), { ip: '203.0.113.7', hostnames: ['a.example.com'] }],
      })),
    ),
  },
  {
    what: 'an agent pod without the gateway',
    request: podRequest(
      view,
      template,
      withSpec(() => ({ hostAliases: undefined })),
    ),
  },
  {
    what: "an agent pod with the cluster's name servers",
    request: podRequest(
      view,
      template,
      withSpec(() => ({ dnsPolicy: 'ClusterFirst', dnsConfig: undefined })),
    ),
  },
  {
    what: 'an agent pod with a name server of somebody',
    request: podRequest(
      view,
      template,
      withSpec(() => ({ dnsConfig: { nameservers: ['203.0.113.53'] } })),
    ),
  },
  {
    what: 'an agent pod while the gateway has no Service',
    request: podRequest(view, template),
    world: [
      ...healthy(view),
      ...view
        .all('', 'Service')
        .filter((s) => s.metadata?.namespace === view.names.control)
        .map((s) => ({ ...s, absent: true })),
    ],
  },
];

/** Where the platform reserves the gateway's address, its Service has that one. */
const reserved = (view: View): Problem[] => {
  const address = platformOf(view.declaration.platform).gatewayAddress;
  const service = view.find('', 'Service', view.names.control, 'gateway');
  const found = at(service?.spec, 'clusterIP');
  return address.kind === 'written' || found === address.ip
    ? []
    : [
        {
          object: service ?? `Service ${view.names.control}/gateway`,
          path: 'spec.clusterIP',
          problem: `its address is ${show(found)}, not the reserved ${address.ip}`,
        },
      ];
};

export const rule: Rule = {
  id: 'agents-know-one-name',
  layer: 'guard',
  info: 'An agent can look up names, or knows another name than that of the gateway.',
  explanation:
    'a name server answers questions that carry data out, and an alias for the gateway decides where the sidecar sends everything',
  fix: 'dnsPolicy None with nameserver 127.0.0.1, no aliases but the gateway, and the admission policies that demand it',
  check: (view) => [
    ...view.agentPods.flatMap((pod) => [...podProblems(view, pod), ...admitted(view, pod.owner, attacks(view, pod))]),
    ...reserved(view),
  ],
};
