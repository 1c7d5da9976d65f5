import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ADDRESSES, NODE } from './addresses';
import type { Programs } from './control-plane';
import type { Enclosure } from './enclosure';
import type { Kubectl } from './kubectl';
import { moduleFolder } from './modules';
import { DEFINITIONS } from './versions';

const QUEUE = '100';

/** Hands the packets of a connection's first direction to the engine, so that a changed policy cuts open ones too. */
function divert(enclosure: Enclosure): void {
  const original = ['-m', 'conntrack', '--ctdir', 'ORIGINAL', '-j', 'NFQUEUE', '--queue-num', QUEUE];
  for (const [tables, pods] of [
    ['iptables', ADDRESSES.pods.v4],
    ['ip6tables', ADDRESSES.pods.v6],
  ] as const) {
    enclosure.must(tables, ['-w', '-I', 'FORWARD', ...original]);
    enclosure.must(tables, ['-w', '-I', 'INPUT', '-s', pods, ...original]);
  }
  // Without their neighbours no IPv6 address can be reached: discovery is the link's business, not a policy's.
  enclosure.must('ip6tables', ['-w', '-I', 'INPUT', '-p', 'ipv6-icmp', '-j', 'ACCEPT']);
}

/** NetworkPolicy and ClusterNetworkPolicy, enforced by SIG Network's engine; while it is away nothing passes. */
export async function enforceNetworkPolicies(
  enclosure: Enclosure,
  programs: Programs,
  kubectl: Kubectl,
): Promise<void> {
  const { module, version } = DEFINITIONS.networkPolicyApi;
  const file = 'config/crd/standard/policy.networking.k8s.io_clusternetworkpolicies.yaml';
  const { ok, out } = kubectl.apply(readFileSync(join(moduleFolder(module, version), file), 'utf8'));
  if (!ok) throw new Error(`ClusterNetworkPolicy cannot be defined: ${out}`);
  await enclosure.until('ClusterNetworkPolicy is served', () => kubectl.run(['get', 'clusternetworkpolicies']).ok);
  enclosure.start('kube-network-policies', join(programs['kube-network-policies'], 'kube-network-policies'), [
    `--kubeconfig=${kubectl.kubeconfig}`,
    `--hostname-override=${NODE}`,
    '--disable-nri',
    '--fail-open=false',
    `--nfqueue-id=${QUEUE}`,
    '--metrics-bind-address=127.0.0.1:19080',
  ]);
  divert(enclosure);
}
