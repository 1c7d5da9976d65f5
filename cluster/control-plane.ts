import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ADDRESSES } from './addresses';
import type { Enclosure } from './enclosure';
import { Kubectl } from './kubectl';
import { Pki } from './pki';

/** Folders with programs, by family. */
export interface Programs {
  readonly kubernetes: string;
  readonly etcd: string;
  readonly containerd: string;
  readonly runc: string;
  readonly pause: string;
  readonly coredns: string;
  readonly 'kube-network-policies': string;
}

const { node, services, apiServer } = ADDRESSES;

function certificates(enclosure: Enclosure): Pki {
  const pki = new Pki(enclosure.folder);
  const addresses = ['127.0.0.1', node.v4, apiServer.service, enclosure.address].map((ip) => `IP:${ip}`);
  pki.issue('api-server', '/CN=kube-apiserver', [...addresses, 'DNS:localhost', 'DNS:kubernetes.default.svc']);
  pki.issue('admin', '/O=system:masters/CN=admin', ['DNS:admin']);
  return pki;
}

function writeKubeconfig(enclosure: Enclosure, pki: Pki): string {
  const file = join(enclosure.folder, 'admin.kubeconfig');
  const server = `https://${enclosure.address}:${apiServer.port}`;
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'firepit', cluster: { server, 'certificate-authority': pki.file('ca.crt') } }],
    users: [
      { name: 'admin', user: { 'client-certificate': pki.file('admin.crt'), 'client-key': pki.file('admin.key') } },
    ],
    contexts: [{ name: 'firepit', context: { cluster: 'firepit', user: 'admin' } }],
    'current-context': 'firepit',
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

/** etcd, API server, controller manager and scheduler. Resolves when the API server answers. */
export async function startControlPlane(enclosure: Enclosure, programs: Programs): Promise<Kubectl> {
  const pki = certificates(enclosure);
  const kubeconfig = writeKubeconfig(enclosure, pki);
  const kubernetes = (name: string): string => join(programs.kubernetes, name);
  // The data live as long as the cluster: nothing is gained by waiting for the disk.
  enclosure.start('etcd', join(programs.etcd, 'etcd'), [
    `--data-dir=${join(enclosure.folder, 'etcd')}`,
    '--unsafe-no-fsync',
    '--listen-client-urls=http://127.0.0.1:2379',
    '--advertise-client-urls=http://127.0.0.1:2379',
    '--listen-peer-urls=http://127.0.0.1:2380',
  ]);
  enclosure.start('kube-apiserver', kubernetes('kube-apiserver'), [
    '--etcd-servers=http://127.0.0.1:2379',
    `--secure-port=${apiServer.port}`,
    `--advertise-address=${node.v4}`,
    '--allow-privileged=true',
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    `--cert-dir=${pki.folder}`,
    `--tls-cert-file=${pki.file('api-server.crt')}`,
    `--tls-private-key-file=${pki.file('api-server.key')}`,
    `--client-ca-file=${pki.file('ca.crt')}`,
    '--kubelet-preferred-address-types=InternalIP',
    `--kubelet-client-certificate=${pki.file('admin.crt')}`,
    `--kubelet-client-key=${pki.file('admin.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${pki.file('accounts.pub')}`,
    `--service-account-signing-key-file=${pki.file('accounts.key')}`,
    `--service-cluster-ip-range=${services.v4},${services.v6}`,
  ]);
  const kubectl = new Kubectl(kubeconfig, kubernetes('kubectl'));
  await enclosure.until('the API server is ready', () => kubectl.run(['get', '--raw', '/readyz']).ok);
  enclosure.start('kube-controller-manager', kubernetes('kube-controller-manager'), [
    `--kubeconfig=${kubeconfig}`,
    `--service-account-private-key-file=${pki.file('accounts.key')}`,
    `--root-ca-file=${pki.file('ca.crt')}`,
    '--use-service-account-credentials',
    '--leader-elect=false',
    `--cert-dir=${pki.folder}`,
  ]);
  enclosure.start('kube-scheduler', kubernetes('kube-scheduler'), [
    `--kubeconfig=${kubeconfig}`,
    '--leader-elect=false',
    `--cert-dir=${pki.folder}`,
  ]);
  return kubectl;
}
