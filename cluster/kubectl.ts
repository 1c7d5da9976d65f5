import { spawnSync } from 'node:child_process';

/** What a kubectl call said. */
export interface Answer {
  readonly ok: boolean;
  /** Both streams, for messages. */
  readonly out: string;
  readonly stdout: string;
  /** Lines in which the API server warns. */
  readonly warnings: readonly string[];
}

/** kubectl of a cluster, synchronous; input goes to its stdin. */
export class Kubectl {
  constructor(
    readonly kubeconfig: string,
    private readonly program: string,
  ) {}

  run(args: readonly string[], input?: string): Answer {
    const { status, stdout, stderr, error } = spawnSync(this.program, ['--kubeconfig', this.kubeconfig, ...args], {
      input,
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
    });
    if (error !== undefined) throw new Error(`${this.program} cannot be run: ${error.message}; install kubectl`);
    return {
      ok: status === 0,
      out: `${stdout}${stderr}`,
      stdout,
      warnings: stderr.split('\n').filter((line) => line.startsWith('Warning')),
    };
  }

  /** The objects of a `kubectl get`; throws with kubectl's words. */
  // biome-ignore lint/suspicious/noExplicitAny: callers look into any object
  get(...args: readonly string[]): any {
    const { ok, out, stdout } = this.run(['get', ...args, '-o', 'json']);
    if (!ok) throw new Error(`kubectl get ${args.join(' ')}: ${out.trim()}`);
    return JSON.parse(stdout);
  }

  /** Server-side apply with strict field validation. */
  apply(documents: string): Answer {
    return this.run(['apply', '--server-side', '--validate=strict', '-f', '-'], documents);
  }
}
