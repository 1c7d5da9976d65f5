import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../../cluster';
import { until } from '../../../cluster/until';
import { Pki } from '../envoy/pki';

/** What a process beside the sidecar got. */
export interface Loot {
  readonly attempts: number;
  readonly taken: readonly string[];
  readonly connections: number;
  /** What callers said to it once they trusted it. */
  readonly heard: readonly string[];
}

/** A process of a running pod, as the node sees it. */
interface Process {
  readonly pid: number;
  readonly uid: number;
  readonly command: string;
}

const PROCESSES = `for p in /proc/[0-9]*; do
  grep -qs "$1\\|$2" $p/cgroup && echo "\${p#/proc/} $(stat -c %u $p) $(tr '\\0' ' ' < $p/cmdline)"
done; true`;

/** Every process of a pod; container runtimes write its uid with dashes, or with underscores. */
export function processesOf(cluster: Cluster, uid: string): readonly Process[] {
  const { out } = cluster.within('sh', ['-c', PROCESSES, 'sh', uid, uid.replaceAll('-', '_')]);
  return out
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [, pid, user, command = ''] = /^(\d+) (\d+) (.*)$/.exec(line) ?? [];
      return pid === undefined ? [] : [{ pid: Number(pid), uid: Number(user), command }];
    });
}

/**
 * A process in a pod's network, with a uid of its choice, that wants a port of the pod and shows a certificate of its
 * own making. It comes from the node, so that no agent's image needs to be a thief.
 */
export class PodThief {
  private constructor(
    private readonly cluster: Cluster,
    private readonly log: string,
    private readonly pid: string,
  ) {}

  /** @param inside a process of the pod that stays @param host under whose name it wants callers */
  static async enter(
    cluster: Cluster,
    name: string,
    props: { readonly inside: number; readonly uid: number; readonly port: number; readonly host: string },
  ): Promise<PodThief> {
    const folder = cluster.folder ?? '';
    const { cert, key } = new Pki(join(folder, name)).leaf(props.host);
    const [certificate, secret, pid] = ['crt', 'key', 'pid'].map((end) => join(folder, `${name}.${end}`)) as [
      string,
      string,
      string,
    ];
    writeFileSync(certificate, cert);
    writeFileSync(secret, key);
    const thief = join(__dirname, '../network/thief.py');
    cluster.background(name, 'sh', [
      ...['-c', 'echo $$ > "$0"; exec nsenter "$@"', pid],
      ...['--target', String(props.inside), '--net', 'python3', thief, String(props.port), String(props.uid)],
      ...[certificate, secret],
    ]);
    const one = new PodThief(cluster, join(folder, 'logs', `${name}.log`), pid);
    await until('the thief tries', () => one.says('trying'));
    return one;
  }

  says(word: string): boolean {
    return this.text().includes(word);
  }

  async leave(): Promise<Loot> {
    this.cluster.within('kill', ['-TERM', readFileSync(this.pid, 'utf8').trim()]);
    await until('the thief leaves', () => this.says('"attempts"'));
    return JSON.parse(this.text().trim().split('\n').at(-1) ?? '{}');
  }

  private text(): string {
    try {
      return readFileSync(this.log, 'utf8');
    } catch {
      return '';
    }
  }
}
