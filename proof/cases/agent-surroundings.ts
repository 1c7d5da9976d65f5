import { allowed, type Case, type Family, policy, refused } from '../case';
import type { Loose, Subject } from '../subject';
import { FOREIGN, type WrongPod, withVolume, wrongAgentPods, wrongControlPods } from './_pods';

const NAMES: readonly WrongPod[] = [
  [
    'gateway-address/cluster-dns',
    ['dns-exfiltration'],
    'the name servers of the cluster',
    (p) => {
      p.spec.dnsPolicy = 'ClusterFirst';
      delete p.spec.dnsConfig;
    },
  ],
  [
    'gateway-address/name-server',
    ['dns-exfiltration'],
    'a name server of its own',
    (p) => (p.spec.dnsConfig = { nameservers: ['203.0.113.53'] }),
  ],
  [
    'gateway-address/search-path',
    ['dns-exfiltration'],
    'a search path for names',
    (p) => (p.spec.dnsConfig = { nameservers: ['127.0.0.1'], searches: ['example.com'] }),
  ],
];

const FALSE_ADDRESS = [{ ip: '203.0.113.10', hostnames: ['gateway'] }];
const falseAlias = (pod: Loose): unknown => (pod.spec.hostAliases = FALSE_ADDRESS);

/** Where the platform writes the address, a false one does not survive; elsewhere it is refused. */
function falseAddress(subject: Subject): Case[] {
  const id = 'gateway-address/false-alias';
  const what = 'a host alias that leads elsewhere';
  if (!subject.has('MutatingAdmissionPolicy', subject.names.cluster('gateway-address')))
    return wrongAgentPods(subject, policy('gateway-address-only'), [[id, ['false-gateway-address'], what, falseAlias]]);
  return subject.agents.map((agent) => {
    const object = subject.agentPod(agent);
    falseAlias(object);
    return allowed('MutatingAdmissionPolicy E-gateway-address', {
      id,
      threats: ['false-gateway-address'],
      what: `${what} is replaced`,
      on: agent,
      as: subject.who.owner,
      attempt: { verb: 'create', object },
      holds: ({ spec: { hostAliases } }) =>
        hostAliases?.length === 1 &&
        hostAliases[0].ip !== FALSE_ADDRESS[0]?.ip &&
        JSON.stringify(hostAliases[0].hostnames) === JSON.stringify([subject.names.service('gateway')])
          ? undefined
          : `the pod has the aliases ${JSON.stringify(hostAliases)}`,
    });
  });
}

const image = (reference: string) => withVolume({ image: { reference, pullPolicy: 'IfNotPresent' } });
const MODELS: readonly WrongPod[] = [
  ['models/not-listed', ['unsigned-model'], 'a model that is not on the list', image(FOREIGN)],
  [
    'models/by-tag',
    ['unsigned-model', 'moved-tag'],
    'a model by tag',
    image('registry.example.com/firepit-proof/model:latest'),
  ],
];

const ENDS: readonly WrongPod[] = [
  [
    'prompt-end/finalizer',
    ['slow-death'],
    'a finalizer from the start',
    (p) => (p.metadata.finalizers = ['example.com/stay']),
  ],
  ['prompt-end/long-farewell', ['slow-death'], 'an hour to end', (p) => (p.spec.terminationGracePeriodSeconds = 3600)],
];

/** What surrounds an agent's container: the one name it knows, the models it may mount, how soon it ends. */
export const agentSurroundings: Family = (subject) => {
  const [component = ''] = subject.components;
  return [
    ...wrongAgentPods(subject, policy('gateway-address-only'), NAMES),
    ...falseAddress(subject),
    ...wrongAgentPods(subject, policy('models'), MODELS),
    ...wrongControlPods(
      subject,
      component,
      policy('models'),
      MODELS.map(
        ([id, threats, what, change]): WrongPod => [
          id.replace('models/', 'models/control-'),
          threats,
          what,
          change,
          // It refuses whatever was not written, a model too.
          [policy('control-pods')],
        ],
      ),
    ),
    ...wrongAgentPods(subject, policy('prompt-end'), ENDS),
    refused('ResourceQuota', {
      id: 'quota/runaway',
      threats: ['noisy-neighbour'],
      what: 'a pod larger than everything declared together',
      as: subject.who.owner,
      on: component,
      attempt: { verb: 'create', object: huge(subject.controlPod(component)) },
    }),
  ];
};

const huge = (pod: Loose): Loose => {
  const size = { cpu: '1000', memory: '4000Gi' };
  pod.spec.containers[0].resources = { requests: size, limits: size };
  return pod;
};
