import { type Answer, Kubectl } from './kubectl';

/** A Kubernetes cluster: one of our own on this machine, or one that somebody else runs. */
export class Cluster {
  private readonly client: Kubectl;

  private constructor(
    readonly kubeconfig: string,
    kubectl: string,
    /** State of a cluster of our own. */
    readonly folder?: string,
  ) {
    this.client = new Kubectl(kubeconfig, kubectl);
  }

  /** Builds what is missing, starts a one-node cluster of our own, and resolves when its node is ready. */
  static async start(_options: { folder?: string; kubernetes?: string } = {}): Promise<Cluster> {
    throw new Error('a cluster of our own cannot be started yet');
  }

  /** A cluster that runs already. */
  static use(kubeconfig: string): Cluster {
    return new Cluster(kubeconfig, 'kubectl');
  }

  /** Whether its node can be entered. */
  get own(): boolean {
    return this.folder !== undefined;
  }

  kubectl(args: readonly string[], input?: string): Answer {
    return this.client.run(args, input);
  }

  // biome-ignore lint/suspicious/noExplicitAny: callers look into any object
  get(...args: readonly string[]): any {
    return this.client.get(...args);
  }

  apply(documents: string): Answer {
    return this.client.apply(documents);
  }

  /** Runs a program among the node's processes and networks (own clusters only). */
  within(program: string, _args: readonly string[]): { ok: boolean; out: string } {
    throw new Error(`${program} cannot be run inside a cluster that was not started here`);
  }

  /** Ends a cluster of our own; leaves any other alone. */
  async stop(): Promise<void> {}
}
