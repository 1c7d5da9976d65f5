import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderOf } from '../../../cluster/build';

/** What a container in a sandbox has, as kubelet gives it to one in a pod. */
export interface Sandboxed {
  /** An empty folder for what the sandbox needs. */
  readonly folder: string;
  /** Folders of the machine, read-only; whoever writes them is outside. */
  readonly mounted: readonly string[];
  /** Folders in the sandbox's own memory. */
  readonly memory: readonly string[];
}

/** Writes a command that runs a program in gVisor, on the network of the machine, and returns its path. */
export function inGvisor(program: string, { folder, mounted, memory }: Sandboxed): string {
  const [command, started] = [join(folder, 'run'), join(folder, 'started')];
  const mount = (destination: string, type: string, source: string, ...options: readonly string[]) => ({
    destination,
    type,
    source,
    options,
  });
  const config = {
    ociVersion: '1.0.0',
    process: { args: ['/bin/sh', started], cwd: '/', env: ['PATH=/usr/bin:/bin'], user: { uid: 0, gid: 0 } },
    root: { path: '/', readonly: true },
    mounts: [
      mount('/proc', 'proc', 'proc'),
      ...mounted.map((path) => mount(path, 'bind', path, 'rbind', 'ro')),
      ...memory.map((path) => mount(path, 'tmpfs', 'tmpfs')),
    ],
    linux: { namespaces: [{ type: 'pid' }, { type: 'mount' }] },
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const flags = `--root=${folder}/state --platform=systrap --network=host --overlay2=none --ignore-cgroups`;
  // Attached, with mounts of its own: all of it ends with this command, by whatever signal. Each start is another one.
  const lines = [
    '#!/bin/sh',
    `echo "exec ${program} $*" > ${started}`,
    `exec unshare --mount ${join(folderOf('gvisor'), 'runsc')} ${flags} run --bundle=${folder} ${process.pid}-$$`,
  ];
  writeFileSync(command, `${lines.join('\n')}\n`, { mode: 0o755 });
  return command;
}
