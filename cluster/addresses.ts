/** Addresses of a cluster of our own. They exist in its network namespace alone, so every cluster has the same. */
export const ADDRESSES = {
  node: { v4: '10.244.255.1', v6: 'fd00:10:244:ffff::1' },
  pods: { v4: '10.244.0.0/24', v6: 'fd00:10:244::/64' },
  services: { v4: '10.96.0.0/16', v6: 'fd00:10:96::/112' },
  apiServer: { service: '10.96.0.1', port: 6443 },
  dns: '10.96.0.10',
} as const;

export const NODE = 'node1';
