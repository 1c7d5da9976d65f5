import { ADDRESSES } from './addresses';
import type { Enclosure } from './enclosure';

/** Nothing passes between pods and the machine: the pair of interfaces is for the API server's clients alone. */
const RULES = `table inet firepit {
  chain forward {
    type filter hook forward priority filter - 10
    oifname "host0" drop
    iifname "host0" drop
  }
  chain output {
    type filter hook output priority filter - 10
    oifname "host0" ct direction original drop
  }
}
`;

/** Addresses of the node, forwarding, and the wall towards the machine. */
export function prepareNetwork(enclosure: Enclosure): void {
  const { node } = ADDRESSES;
  enclosure.must('ip', ['addr', 'add', `${node.v4}/32`, 'dev', 'lo']);
  enclosure.must('ip', ['addr', 'add', `${node.v6}/128`, 'dev', 'lo', 'nodad']);
  for (const setting of ['ipv4/ip_forward', 'ipv6/conf/all/forwarding'])
    enclosure.must('sh', ['-c', `echo 1 > /proc/sys/net/${setting}`]);
  enclosure.must('nft', ['-f', '-'], RULES);
}
