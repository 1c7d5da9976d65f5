/** What a field holds, and so which operators and values make sense with it. */
export type FieldType = 'string' | 'number' | 'boolean' | 'address' | 'network' | 'port' | 'dynamic';
/** Whether a field takes an argument in brackets. */
type Argument = 'none' | 'may' | 'must';
export interface Field {
  readonly type: FieldType;
  readonly argument: Argument;
  /** Needs the container plugin. */
  readonly plugin: boolean;
}

const words = (text: string): string[] => text.trim().split(/\s+/);

/** Fields of the syscall source that rules may use; those that Falco calls deprecated or experimental are left out. */
const SYSCALL: Readonly<Record<Exclude<FieldType, 'dynamic'>, string>> = {
  string: `
    evt.type syscall.type evt.category evt.args evt.res evt.hostname evt.source evt.time evt.time.iso8601 evt.datetime
    proc.exe proc.pexe proc.exepath proc.pexepath proc.name proc.pname proc.args proc.cmdline proc.pcmdline
    proc.exeline proc.env proc.cwd proc.sname proc.sid.exe proc.sid.exepath proc.vpgid.name proc.vpgid.exepath
    proc.pgid.name proc.pgid.exepath thread.cap_permitted thread.cap_inheritable thread.cap_effective thread.cgroups
    proc.stdin.type proc.stdout.type proc.stderr.type proc.stdin.name proc.stdout.name proc.stderr.name
    user.name user.homedir user.shell user.loginname group.name
    fd.type fd.typechar fd.name fd.nameraw fd.directory fd.filename fd.l4proto fd.sockfamily
    fs.path.name fs.path.nameraw fs.path.source fs.path.sourceraw fs.path.target fs.path.targetraw`,
  number: `
    evt.num evt.rawtime evt.cpu evt.rawres evt.buflen proc.cmdnargs proc.cmdlenargs proc.tty proc.pid proc.ppid
    proc.vpid proc.pvpid proc.sid proc.vpgid proc.pgid proc.duration proc.ppid.duration proc.pid.ts proc.exe_ino
    proc.exe_ino.ctime proc.exe_ino.mtime proc.exe_ino.ctime_duration_proc_start
    proc.exe_ino.ctime_duration_pidns_start proc.nthreads proc.nchilds proc.loginshellid thread.tid thread.vtid
    user.uid user.loginuid group.gid fd.num fd.dev fd.dev.major fd.dev.minor fd.ino`,
  boolean: `
    evt.failed evt.is_io evt.is_io_read evt.is_io_write evt.is_open_read evt.is_open_write evt.is_open_exec
    evt.is_open_create proc.is_exe_writable proc.is_exe_upper_layer proc.is_exe_lower_layer proc.is_exe_from_memfd
    proc.is_sid_leader proc.is_vpgid_leader proc.is_pgid_leader thread.ismain fd.is_server fd.connected
    fd.name_changed fd.is_upper_layer fd.is_lower_layer`,
  address: 'fd.ip fd.cip fd.sip fd.lip fd.rip',
  network: 'fd.net fd.cnet fd.snet fd.lnet fd.rnet',
  port: 'fd.port fd.cport fd.sport fd.lport fd.rport',
};

const CONTAINER: Readonly<Record<'string' | 'boolean' | 'number', string>> = {
  string: `
    container.id container.full_id container.name container.image container.image.id container.image.repository
    container.image.tag container.image.digest container.type container.mounts container.ip container.cni.json
    container.labels k8s.ns.name k8s.pod.name k8s.pod.id k8s.pod.uid k8s.pod.sandbox_id k8s.pod.full_sandbox_id
    k8s.pod.ip k8s.pod.labels`,
  boolean: 'container.privileged container.host_pid container.host_network container.host_ipc',
  number: 'container.start_ts container.duration',
};

/** Fields whose argument picks one of several values. */
const INDEXED: Readonly<Record<string, readonly [FieldType, Argument]>> = {
  'evt.arg': ['string', 'must'],
  'evt.rawarg': ['dynamic', 'must'],
  'proc.args': ['string', 'may'],
  'proc.env': ['string', 'may'],
  'proc.aname': ['string', 'may'],
  'proc.aexe': ['string', 'may'],
  'proc.aexepath': ['string', 'may'],
  'proc.acmdline': ['string', 'may'],
  'proc.apid': ['number', 'may'],
  'container.mount': ['string', 'must'],
  'container.mount.source': ['string', 'must'],
  'container.mount.dest': ['string', 'must'],
  'container.mount.mode': ['string', 'must'],
  'container.mount.rdwr': ['string', 'must'],
  'container.label': ['string', 'must'],
  'k8s.pod.label': ['string', 'must'],
};

const plugin = (name: string): boolean => /^(container|k8s)\./.test(name);

const table = new Map<string, Field>();
for (const group of [SYSCALL, CONTAINER])
  for (const [type, names] of Object.entries(group))
    for (const name of words(names))
      table.set(name, { type: type as FieldType, argument: 'none', plugin: plugin(name) });
for (const [name, [type, argument]] of Object.entries(INDEXED))
  table.set(name, { type, argument, plugin: plugin(name) });

/** Arguments of system calls, by the names that the engine gives them. */
const ARGUMENTS = new Set(
  words(`
    addr args backlog category clone_flags comm count cwd dir dirfd dirfd1 dirfd2 domain dev env exe fd fd1 fd2 filename
    flags fs_type gid how linkpath mode name newdir newdirfd newpath olddir olddirfd oldpath path pathname pid proto
    queuetype req request res resolve size source source_dir special target tty tuple type uid vtid whence`),
);

/** Looks a field up, with the arguments that are written after a dot: `evt.arg.addr`. */
export function fieldOf(name: string): Field | undefined {
  const direct = table.get(name);
  if (direct !== undefined) return direct;
  const match = /^(evt\.(?:raw)?arg)\.([a-z0-9_]+)$/.exec(name);
  if (match === null || !ARGUMENTS.has(match[2] ?? '')) return undefined;
  return { type: match[1] === 'evt.arg' ? 'string' : 'dynamic', argument: 'none', plugin: false };
}

/** Every known field, for suggestions. */
export const fieldNames = (): Iterable<string> => table.keys();

/** System calls by the name in `evt.type`: those of the rules here, and the ones that rules elsewhere use. */
export const EVENTS: ReadonlySet<string> = new Set(
  words(`
    accept accept4 bind bpf capset chdir chmod chown chroot clone clone3 close connect creat delete_module dup dup2 dup3
    execve execveat fchmod fchmodat fchown fchownat finit_module fork fsmount fsopen getdents getdents64 init_module
    io_uring_setup ioctl kexec_file_load kexec_load kill lchown link linkat listen memfd_create mkdir mkdirat mknod
    mknodat mmap mount mount_setattr move_mount mprotect open open_by_handle_at open_tree openat openat2
    perf_event_open pidfd_getfd pidfd_open pipe pipe2 pivot_root prctl process_vm_readv process_vm_writev procexit ptrace
    quotactl read recvfrom recvmmsg recvmsg rename renameat renameat2 rmdir seccomp sendmmsg sendmsg sendto setgid
    setns setpgid setsid setuid shutdown signaldeliver socket socketpair symlink symlinkat tgkill tkill umount umount2
    unlink unlinkat unshare userfaultfd vfork write`),
);
