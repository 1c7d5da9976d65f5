import { describe, expect, test } from '@jest/globals';
import { complaint, lacks, type Machine, packagesFor } from '../../cluster/machine';

/** A machine that has everything, with a change. */
const machine = (change: Partial<Machine> & { without?: RegExp; go?: string } = {}): Machine => ({
  platform: 'linux',
  root: true,
  run: (program, ...args) => {
    const call = [program, ...args].join(' ');
    if (change.without?.test(call)) return undefined;
    return program === 'go' ? `go version go${change.go ?? '1.26.8'} linux/amd64` : 'fine';
  },
  exists: (path) => !change.without?.test(path),
  free: () => 100 * 1024 ** 3,
  ...change,
});

describe('what a machine lacks for a cluster', () => {
  test('nothing, where everything is there', () => {
    expect(lacks(machine())).toEqual([]);
  });

  test.each([
    ['no root', machine({ root: false }), 'root, for namespaces and mounts: run the command as root'],
    ['another system', machine({ platform: 'darwin' }), 'Linux, found darwin: use a Linux machine, or --kubeconfig'],
    ['an old Go', machine({ go: '1.22.1' }), 'Go 1.26 or newer, found 1.22: install it from https://go.dev/dl/'],
    ['no Go', machine({ without: /^go version/ }), 'Go 1.26 or newer: install it'],
    ['a full disk', machine({ free: () => 1024 ** 3 }), 'free in'],
    [
      'few inotify instances',
      machine({ without: /inotify/ }),
      'instances of 1024, which cannot be set from here: sysctl -w',
    ],
    ['no NFQUEUE', machine({ without: /unshare .* iptables/ }), 'a kernel with iptables with NFQUEUE'],
    ['no user namespaces', machine({ without: /unshare --user/ }), 'a kernel with user namespaces'],
  ])('%s is named with its fix', (_what, asked, said) => {
    expect(complaint(lacks(asked))).toContain(said);
  });

  test('all missing packages are named at once, with one command', () => {
    const found = lacks(machine({ without: /command -v (nft|ip6?tables)$|seccomp\.h|cni\/bin|lib\/cni|import venv/ }));
    expect(packagesFor(found)).toEqual([
      'nftables',
      'iptables',
      'containernetworking-plugins',
      'libseccomp-dev',
      'python3',
      'python3-venv',
    ]);
    expect(complaint(found)).toMatch(/\nfix: apt-get install --yes nftables iptables .* python3-venv$/);
  });
});
