import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ADDRESSES, NODE } from './addresses';
import { archive } from './archive';
import type { Programs } from './control-plane';
import type { Enclosure } from './enclosure';
import { gvisorConfig, gvisorConfigFile, gvisorRuntime } from './gvisor';
import type { Kubectl } from './kubectl';

const { node, pods, dns } = ADDRESSES;
const PAUSE = 'firepit.local/pause:1';

const containerdConfig = (folder: string, runc: string): string => `version = 3
root = "${folder}/containerd/root"
state = "${folder}/containerd/state"
[grpc]
  address = "${folder}/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "${folder}/containerd/opt"
[plugins."io.containerd.nri.v1.nri"]
  disable = true
[plugins."io.containerd.cri.v1.images"]
  use_local_image_pull = true
[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "${PAUSE}"
[plugins."io.containerd.cri.v1.images".registry]
  config_path = "${folder}/registries"
[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["/usr/lib/cni", "/opt/cni/bin"]
    conf_dir = "${folder}/cni"
  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
      BinaryName = "${runc}"
${gvisorRuntime(folder)}`;

/** Each pod gets a point-to-point link to the node, with an address of each family; nothing is masqueraded. */
const pointToPoint = (folder: string): string =>
  JSON.stringify({
    cniVersion: '0.4.0',
    name: 'firepit',
    plugins: [
      {
        type: 'ptp',
        ipMasq: false,
        ipam: {
          type: 'host-local',
          dataDir: join(folder, 'addresses'),
          ranges: [[{ subnet: pods.v4 }], [{ subnet: pods.v6 }]],
          routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }],
        },
      },
    ],
  });

const kubeletConfig = (enclosure: Enclosure): object => {
  const { folder } = enclosure;
  const socket = `unix://${join(folder, 'containerd.sock')}`;
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    failCgroupV1: false,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${enclosure.name}`,
    enforceNodeAllocatable: [],
    oomScoreAdj: 0,
    failSwapOn: false,
    containerRuntimeEndpoint: socket,
    imageServiceEndpoint: socket,
    clusterDomain: 'cluster.local',
    clusterDNS: [dns],
    resolvConf: join(folder, 'resolv.conf'),
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(folder, 'pki/ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    localStorageCapacityIsolation: false,
    makeIPTablesUtilChains: false,
    podLogsDir: join(folder, 'pods'),
    volumePluginDir: join(folder, 'volume-plugins'),
    // A node of a few minutes has no time for the defaults.
    nodeStatusUpdateFrequency: '2s',
    syncFrequency: '5s',
    evictionHard: { 'memory.available': '50Mi' },
  };
};

function startContainerd(enclosure: Enclosure, programs: Programs): void {
  const { folder } = enclosure;
  // Containers with users of their own reach their files through these folders.
  enclosure.must('mkdir', [
    '-p',
    '-m',
    '755',
    ...['containerd', 'cni', 'registries'].map((name) => join(folder, name)),
  ]);
  writeFileSync(join(folder, 'containerd.toml'), containerdConfig(folder, join(programs.runc, 'runc')));
  writeFileSync(gvisorConfigFile(folder), gvisorConfig(folder));
  writeFileSync(join(folder, 'cni/firepit.conflist'), pointToPoint(folder));
  enclosure.start('containerd', join(programs.containerd, 'containerd'), ['-c', join(folder, 'containerd.toml')], {
    PATH: `${programs.containerd}:${process.env.PATH}`,
  });
}

/** Puts an image archive among the node's images. */
export function importImage(enclosure: Enclosure, programs: Programs, file: string): void {
  const socket = join(enclosure.folder, 'containerd.sock');
  enclosure.must(join(programs.containerd, 'ctr'), ['-a', socket, '-n', 'k8s.io', 'images', 'import', '--local', file]);
}

/** containerd, kubelet and kube-proxy. Resolves when the node is ready. */
export async function startNode(enclosure: Enclosure, programs: Programs, kubectl: Kubectl): Promise<void> {
  const { folder } = enclosure;
  const kubernetes = (name: string): string => join(programs.kubernetes, name);
  startContainerd(enclosure, programs);
  const socket = join(folder, 'containerd.sock');
  const ctr = join(programs.containerd, 'ctr');
  await enclosure.until('containerd answers', () => enclosure.run(ctr, ['-a', socket, 'version']).ok);
  importImage(enclosure, programs, archive(folder, PAUSE, { '/pause': join(programs.pause, 'pause') }, ['/pause']));

  writeFileSync(join(folder, 'resolv.conf'), 'nameserver 127.0.0.1\n');
  writeFileSync(join(folder, 'kubelet.yaml'), stringify(kubeletConfig(enclosure)));
  enclosure.start('kubelet', kubernetes('kubelet'), [
    `--config=${join(folder, 'kubelet.yaml')}`,
    `--kubeconfig=${kubectl.kubeconfig}`,
    `--root-dir=${join(folder, 'kubelet')}`,
    `--cert-dir=${join(folder, 'pki')}`,
    `--hostname-override=${NODE}`,
    `--node-ip=${node.v4},${node.v6}`,
  ]);
  const proxy = {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    clusterCIDR: `10.244.0.0/16,${pods.v6}`,
    clientConnection: { kubeconfig: kubectl.kubeconfig },
    hostnameOverride: NODE,
    conntrack: { maxPerCore: 0, min: 0 },
  };
  writeFileSync(join(folder, 'kube-proxy.yaml'), stringify(proxy));
  enclosure.start('kube-proxy', kubernetes('kube-proxy'), [`--config=${join(folder, 'kube-proxy.yaml')}`]);
  const ready = ['get', 'node', NODE, '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'];
  await enclosure.until('the node is ready', () => kubectl.run(ready).stdout === 'True');
}
