/** Conditions over system calls that the rules share. Falco picks rules by `evt.type`, so it stands first in each. */

/**
 * A program started inside the container. What the container runtime runs to set it up has not entered the container's
 * PID namespace yet: its number there is the node's.
 */
export const STARTED = '(evt.type in (execve, execveat) and evt.failed = false and proc.vpid != val(proc.pid))';
const OPENED = 'evt.type in (open, openat, openat2, open_by_handle_at)';
/** A file was opened for reading. */
export const READ = `${OPENED} and evt.is_open_read = true and fd.num >= 0`;
/** Somebody tried to open a file, and it was not there or not for them. */
export const READ_FAILED = `${OPENED} and evt.failed = true`;
/** A file was opened for writing. An attempt that a read-only file system refused is no finding: many runtimes try. */
export const WRITTEN = `(${OPENED} and evt.is_open_write = true or evt.type = creat) and fd.typechar = "f" and fd.num >= 0`;
/** A name was made, moved or taken away. */
export const MOVED =
  'evt.type in (rename, renameat, renameat2, link, linkat, symlink, symlinkat) and evt.failed = false';
export const MADE = 'evt.type in (mkdir, mkdirat, rmdir, unlink, unlinkat) and evt.failed = false';
/** A connection was tried, or something sent to a new peer: a datagram, or TCP's fast open. */
export const CONTACTED =
  '(evt.type = connect or evt.type in (sendto, sendmsg, sendmmsg) and fd.connected = false and fd.name_changed = true)';
/** A socket takes a port other than one, or listens on any but it; without a bind the system chooses one. */
export const boundElsewhere = (port: number): string =>
  `(evt.type = bind and fd.sport != 0 and fd.sport != ${port} or evt.type = listen and not fd.sport = ${port}) and fd.typechar in ("2", "3", "4", "6")`;
const FAMILIES = ['AF_INET', 'AF_UNIX', 'AF_LOCAL', 'AF_NETLINK'];
/** A socket of a family that programs of an agent have no use for: kernel crypto, hypervisor, buses, packets. */
export const UNUSUAL_SOCKET = `evt.type = socket and evt.arg.domain exists and ${FAMILIES.map((family) => `not evt.arg.domain contains "${family}"`).join(' and ')}`;
/** A socket that reads or forges packets; the type with and without its two flags. */
export const RAW_SOCKET =
  'evt.type = socket and (evt.arg.domain contains "AF_PACKET" or evt.arg.domain contains "AF_INET" and (fd.l4proto = "raw" or evt.arg.type in ("3", "2051", "524291", "526339")))';

/**
 * System calls by which a process reaches into the kernel, into other processes or out of its namespaces. No agent
 * needs one; the default seccomp profile refuses most, and the attempt is the finding.
 */
export const KERNEL_CALLS = [
  'bpf',
  'chroot',
  'delete_module',
  'finit_module',
  'fsmount',
  'fsopen',
  'init_module',
  'kexec_file_load',
  'kexec_load',
  'mount',
  'move_mount',
  'open_by_handle_at',
  'open_tree',
  'perf_event_open',
  'pivot_root',
  'process_vm_readv',
  'process_vm_writev',
  'ptrace',
  'setns',
  'umount',
  'umount2',
  'unshare',
  'userfaultfd',
] as const;

/** Where clouds hand out credentials and node facts. */
export const METADATA_V4 = [
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
] as const;
export const METADATA_V6 = ['fd00:ec2::254', 'fd00:ec2::23', 'fd20:ce::254'] as const;

/** Folders and files that hold somebody's credentials. An agent has none of its own. */
export const SECRET_FOLDERS = [
  '/var/run/secrets',
  '/run/secrets',
  '/etc/firepit',
  '/var/run/firepit',
  '/run/firepit',
] as const;
export const SECRET_FILES = ['/etc/shadow', '/etc/gshadow', '/etc/sudoers', '/proc/kcore', '/proc/kallsyms'] as const;
export const SECRET_ENDINGS = [
  '/.aws/credentials',
  '/.aws/config',
  '/.azure/msal_token_cache.json',
  '/.azure/accessTokens.json',
  '/.config/gcloud/credentials.db',
  '/.config/gcloud/application_default_credentials.json',
  '/.docker/config.json',
  '/.git-credentials',
  '/.kube/config',
  '/.netrc',
  '/.pgpass',
  '/.ssh/id_rsa',
  '/.ssh/id_ed25519',
  '/.ssh/id_ecdsa',
] as const;

export const SHELLS = ['ash', 'bash', 'busybox', 'csh', 'dash', 'fish', 'ksh', 'sh', 'tcsh', 'zsh'] as const;
export const PACKAGE_MANAGERS = [
  'apk',
  'apt',
  'apt-get',
  'cargo',
  'conda',
  'dnf',
  'dpkg',
  'gem',
  'microdnf',
  'npm',
  'npx',
  'pip',
  'pip3',
  'pnpm',
  'rpm',
  'uv',
  'yarn',
  'yum',
] as const;
