import { join } from 'node:path';
import { built, folderOf } from './build';
import type { Cluster } from './cluster';

const PROGRAMS = folderOf('gvisor');
const HANDLER = 'runsc';
/** RuntimeClass by which a pod asks for it. */
export const GVISOR = 'gvisor';

/** File of {@link gvisorConfig}. */
export const gvisorConfigFile = (folder: string): string => join(folder, 'runsc.toml');

/** System calls are caught by signals, which needs nothing of the machine; what it keeps stays with the cluster. */
export const gvisorConfig = (folder: string): string => `binary_name = "${join(PROGRAMS, 'runsc')}"
root = "${join(folder, 'runsc')}"
[runsc_config]
  platform = "systrap"
`;

/**
 * How containerd runs what asks for gVisor.
 * @see https://gvisor.dev/docs/user_guide/containerd/configuration/
 */
export const gvisorRuntime = (folder: string): string => `
  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.${HANDLER}]
    runtime_type = "io.containerd.runsc.v1"
    runtime_path = "${join(PROGRAMS, 'containerd-shim-runsc-v1')}"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.${HANDLER}.options]
      TypeUrl = "io.containerd.runsc.v1.options"
      ConfigPath = "${gvisorConfigFile(folder)}"
`;

/** Gives a cluster of our own gVisor: its programs, built once, and the RuntimeClass. */
export async function provideGvisor(cluster: Cluster): Promise<void> {
  await built('gvisor');
  const runtimeClass = { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: GVISOR } };
  const { ok, out } = cluster.apply(JSON.stringify({ ...runtimeClass, handler: HANDLER }));
  if (!ok) throw new Error(`RuntimeClass ${GVISOR}: ${out.trim()}`);
}
