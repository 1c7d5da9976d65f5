import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** What tells a cluster's own things from everything else on the machine. */
export interface Traces {
  readonly folder: string;
  /** Of its interface and cgroups. */
  readonly name: string;
  /** Its network namespace. */
  readonly network: string;
}

const quietly = <T>(ask: () => T): T | undefined => {
  try {
    return ask();
  } catch {
    return undefined; // the process ended meanwhile
  }
};

export function tracesOf(folder: string): Traces {
  const pid = readFileSync(join(folder, 'first.pid'), 'utf8').trim();
  const [link] = JSON.parse(
    execFileSync('nsenter', ['-t', pid, '-n', 'ip', '-j', 'link', 'show', 'host0'], { encoding: 'utf8' }),
  );
  const outer = JSON.parse(execFileSync('ip', ['-j', 'link'], { encoding: 'utf8' }));
  const name = outer.find((each: { ifindex: number }) => each.ifindex === link.link_index)?.ifname;
  return { folder, name, network: readlinkSync(`/proc/${pid}/ns/net`) };
}

const processes = (): string[] => readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));

/** Everything that is still there of a cluster, by kind. */
export function remains({ folder, name, network }: Traces): Record<string, string[]> {
  const of = (pid: string, file: string): string => quietly(() => readFileSync(`/proc/${pid}/${file}`, 'utf8')) ?? '';
  const cgroups = execFileSync('sh', ['-c', "awk '$3 ~ /^cgroup2?$/ { print $2 }' /proc/mounts"], { encoding: 'utf8' });
  return {
    processes: processes().filter(
      (pid) =>
        quietly(() => readlinkSync(`/proc/${pid}/ns/net`)) === network ||
        (Number(pid) !== process.pid && of(pid, 'cmdline').includes(`hold\0${folder}`)),
    ),
    mounts: processes().filter((pid) => of(pid, 'mountinfo').includes(`${folder}/`)),
    interfaces: existsSync(`/sys/class/net/${name}`) ? [name] : [],
    cgroups: cgroups.split('\n').filter((at) => at !== '' && existsSync(join(at, name))),
    files: existsSync(folder) ? readdirSync(folder) : [],
  };
}

/** Kinds of which something is there. */
export const left = (traces: Traces): string[] =>
  Object.entries(remains(traces))
    .filter(([, found]) => found.length > 0)
    .map(([kind]) => kind);

/** What a careless cluster would leave on the machine itself. */
export function machineState(): Record<string, unknown> {
  const said = (program: string, ...args: string[]): string =>
    execFileSync(program, args, { encoding: 'utf8' }).replace(/^#.*$|\[\d+:\d+\]/gm, '');
  const places = [
    '/etc/cni',
    '/etc/containerd',
    '/opt/cni',
    '/opt/containerd',
    '/run/containerd',
    '/run/netns',
    '/var/lib/cni',
    '/var/lib/containerd',
    '/var/lib/kubelet',
    '/var/log/containers',
    '/var/log/pods',
  ];
  return {
    nftables: said('nft', 'list', 'ruleset'),
    iptables: said('iptables-save'),
    ip6tables: said('ip6tables-save'),
    namespaces: said('ip', 'netns'),
    forwarding: readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8'),
    files: Object.fromEntries(places.map((at) => [at, existsSync(at) ? readdirSync(at) : 'absent'])),
  };
}
