import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ADDRESSES } from './addresses';
import { archive } from './archive';
import type { Programs } from './control-plane';
import type { Enclosure } from './enclosure';
import type { Kubectl } from './kubectl';
import { importImage } from './node';
import { OUTSIDE } from './outside';

const IMAGE = 'firepit.local/coredns:1';
const NAME = 'kube-dns';
const labels = { 'k8s-app': NAME };
const metadata = { name: NAME, namespace: 'kube-system', labels };

// Names of the cluster are its own; every other name is the outside. Each in a block of its own: a template answers
// before the cluster is asked.
const COREFILE = `cluster.local:53 in-addr.arpa:53 ip6.arpa:53 {
  errors
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    pods disabled
    ttl 2
  }
}
.:53 {
  errors
  health
  ready
  template IN A . {
    answer "{{ .Name }} 5 IN A ${OUTSIDE.v4}"
  }
  template IN AAAA . {
    answer "{{ .Name }} 5 IN AAAA ${OUTSIDE.v6}"
  }
}
`;

const objects = (): object[] => [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: NAME },
    rules: [
      { apiGroups: [''], resources: ['services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: NAME },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: NAME },
    subjects: [{ kind: 'ServiceAccount', name: NAME, namespace: 'kube-system' }],
  },
  { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { Corefile: COREFILE } },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: {
      clusterIP: ADDRESSES.dns,
      selector: labels,
      ports: [
        { name: 'dns', protocol: 'UDP', port: 53 },
        { name: 'dns-tcp', protocol: 'TCP', port: 53 },
      ],
    },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: NAME,
          dnsPolicy: 'Default',
          containers: [
            {
              name: 'coredns',
              image: IMAGE,
              imagePullPolicy: 'Never',
              args: ['-conf', '/etc/coredns/Corefile'],
              readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 1 },
              volumeMounts: [{ name: 'config', mountPath: '/etc/coredns', readOnly: true }],
            },
          ],
          volumes: [{ name: 'config', configMap: { name: NAME } }],
        },
      },
    },
  },
];

/** The cluster's name server, as a pod with the labels that network policies select. */
export async function startDns(enclosure: Enclosure, programs: Programs, kubectl: Kubectl): Promise<void> {
  const file = archive(enclosure.folder, IMAGE, { '/coredns': join(programs.coredns, 'coredns') }, ['/coredns']);
  importImage(enclosure, programs, file);
  rmSync(file);
  const { ok, out } = kubectl.apply(
    objects()
      .map((object) => stringify(object))
      .join('---\n'),
  );
  if (!ok) throw new Error(`the name server cannot be applied: ${out}`);
  const available = ['get', 'deployment', NAME, '-n', 'kube-system', '-o', 'jsonpath={.status.availableReplicas}'];
  await enclosure.until('the name server is ready', () => kubectl.run(available).stdout === '1');
}
