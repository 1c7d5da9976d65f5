import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statfsSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Something that a cluster needs and this machine does not have. */
export interface Lack {
  readonly what: string;
  /** How to get it; Debian packages are collected into one command. */
  readonly fix: { readonly packages: readonly string[] } | string;
}

/** What is asked about a machine, so that a test can answer. */
export interface Machine {
  readonly platform: string;
  readonly root: boolean;
  /** Output of a program, undefined if it fails. */
  run(program: string, ...args: readonly string[]): string | undefined;
  exists(path: string): boolean;
  /** Free bytes where a path is, or will be. */
  free(path: string): number;
}

const GO = [1, 26] as const;
const GIB = 1024 ** 3;
const cache = (): string => process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');

/** Programs and the Debian package that brings each; the tests on a cluster build images, and run a database. */
const PROGRAMS: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  nft: 'nftables',
  iptables: 'iptables',
  ip6tables: 'iptables',
  conntrack: 'conntrack',
  openssl: 'openssl',
  curl: 'curl',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  flock: 'util-linux',
  mount: 'mount',
  tar: 'tar',
  ps: 'procps',
  gcc: 'gcc',
  'pkg-config': 'pkg-config',
  buildah: 'buildah',
};

const FILES: Readonly<Record<string, readonly string[]>> = {
  'containernetworking-plugins': ['/usr/lib/cni/ptp', '/opt/cni/bin/ptp'],
  'libseccomp-dev': ['/usr/include/seccomp.h'],
  postgresql: ['/usr/lib/postgresql'],
};

/** Envoy watches its files with inotify, and all pods of a node share what one user has: cluster/inotify.sh raises that. */
const INOTIFY = 'cd /proc/sys/fs/inotify && { [ -w max_user_instances ] || [ "$(cat max_user_instances)" -ge 1024 ]; }';

/** Kernel features, each tried in namespaces that end with the try. */
const TRIES: Readonly<Record<string, string>> = {
  'overlay file systems':
    'mount -t tmpfs t /mnt && mkdir /mnt/u /mnt/w && mount -t overlay o -o lowerdir=/etc,upperdir=/mnt/u,workdir=/mnt/w /etc',
  'pairs of network interfaces (veth)': 'ip link add one type veth peer name two',
  'nftables with connection tracking':
    'printf "table inet t {\\nchain c {\\ntype nat hook prerouting priority dstnat\\nct state new meta l4proto tcp redirect to :7\\n}\\n}\\n" | nft -f -',
  'iptables with NFQUEUE': 'iptables -A FORWARD -m conntrack --ctdir ORIGINAL -j NFQUEUE --queue-num 1',
  'ip6tables with NFQUEUE': 'ip6tables -A FORWARD -m conntrack --ctdir ORIGINAL -j NFQUEUE --queue-num 1',
  'user namespaces': 'unshare --user true',
};

const goVersion = (said: string | undefined): readonly [number, number] | undefined => {
  const [, major, minor] = said?.match(/go(\d+)\.(\d+)/) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
};

function lacksOfPrograms(machine: Machine): Lack[] {
  const found: Lack[] = [];
  for (const [program, name] of Object.entries(PROGRAMS))
    if (machine.run('sh', '-c', `command -v ${program}`) === undefined)
      found.push({ what: program, fix: { packages: [name] } });
  for (const [name, places] of Object.entries(FILES))
    if (!places.some((place) => machine.exists(place)))
      found.push({ what: places[0] ?? name, fix: { packages: [name] } });
  if (machine.run('python3', '-c', 'import venv, ensurepip') === undefined)
    found.push({ what: 'Python 3 with venv', fix: { packages: ['python3', 'python3-venv'] } });
  const go = goVersion(machine.run('go', 'version'));
  if (go === undefined || go[0] < GO[0] || (go[0] === GO[0] && go[1] < GO[1]))
    found.push({
      what: `Go ${GO.join('.')} or newer${go === undefined ? '' : `, found ${go.join('.')}`}`,
      fix: 'install it from https://go.dev/dl/',
    });
  return found;
}

function lacksOfRoom(machine: Machine): Lack[] {
  const warm = machine.exists(join(cache(), 'firepit'));
  const wanted = [
    [cache(), warm ? 2 : 20],
    [tmpdir(), 4],
  ] as const;
  return wanted
    .filter(([path, gib]) => machine.free(path) < gib * GIB)
    .map(([path, gib]) => ({
      what: `${gib} GiB free in ${path}, found ${(machine.free(path) / GIB).toFixed(1)}`,
      fix: path === tmpdir() ? 'make room there, or set TMPDIR' : 'make room there, or set XDG_CACHE_HOME',
    }));
}

const lacksOfInotify = (machine: Machine): Lack[] =>
  machine.run('sh', '-c', INOTIFY) !== undefined
    ? []
    : [
        {
          what: 'fs.inotify.max_user_instances of 1024, which cannot be set from here',
          fix: 'sysctl -w fs.inotify.max_user_instances=1024 as root of the machine, outside of any container',
        },
      ];

const lacksOfKernel = (machine: Machine): Lack[] =>
  Object.entries(TRIES)
    .filter(
      ([, attempt]) => machine.run('unshare', '--net', '--mount', '--pid', '--fork', 'sh', '-c', attempt) === undefined,
    )
    .map(([what]) => ({ what: `a kernel with ${what}`, fix: 'use a machine or container that allows it to root' }));

/** Everything that a cluster of our own needs and this machine lacks. */
export function lacks(machine: Machine = thisMachine): Lack[] {
  if (machine.platform !== 'linux')
    return [
      {
        what: `Linux, found ${machine.platform}`,
        fix: 'use a Linux machine, or --kubeconfig with a cluster that runs',
      },
    ];
  const programs = [...lacksOfPrograms(machine), ...lacksOfRoom(machine)];
  if (!machine.root)
    return [{ what: 'root, for namespaces and mounts', fix: 'run the command as root (sudo -E)' }, ...programs];
  const settled = [...programs, ...lacksOfInotify(machine)];
  // The tries need the programs.
  return settled.length > 0 ? settled : lacksOfKernel(machine);
}

/** Debian packages that would cure some of the lacks. */
export const packagesFor = (found: readonly Lack[]): string[] => [
  ...new Set(found.flatMap(({ fix }) => (typeof fix === 'string' ? [] : fix.packages))),
];

/** One message that names all of them, and the one command that installs what Debian has. */
export function complaint(found: readonly Lack[]): string {
  const others = found.flatMap(({ what, fix }) => (typeof fix === 'string' ? [`  ${what}: ${fix}`] : [`  ${what}`]));
  const packages = packagesFor(found);
  const command = packages.length === 0 ? [] : [`fix: apt-get install --yes ${packages.join(' ')}`];
  return ['a cluster of our own cannot run on this machine; it lacks', ...others, ...command].join('\n');
}

const thisMachine: Machine = {
  platform: process.platform,
  root: process.getuid?.() === 0,
  run: (program, ...args) => {
    const { status, stdout } = spawnSync(program, args, { encoding: 'utf8' });
    return status === 0 ? stdout : undefined;
  },
  exists: existsSync,
  free: (path) => {
    mkdirSync(path, { recursive: true });
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  },
};
