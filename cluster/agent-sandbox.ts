import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { built } from './build';
import type { Cluster } from './cluster';
import { programImage } from './images';
import { moduleFolder } from './modules';
import type { Registry } from './registry';
import { until } from './until';
import { VERSIONS } from './versions';

const NAMESPACE = 'agent-sandbox-system';
const NAME = 'agent-sandbox-controller';

/** The controller of agent-sandbox, as a pod with the rights that its own manifests give it. */
export class AgentSandbox {
  private constructor(private readonly cluster: Cluster) {}

  /** Builds and installs it. Resolves when it is ready. Its definition must be there. */
  static async on(cluster: Cluster, registry: Registry): Promise<AgentSandbox> {
    const programs = await built('agent-sandbox');
    const image = registry.push(`bench/${NAME}`, programImage(join(programs, NAME), `/${NAME}`));
    const controller = new AgentSandbox(cluster);
    controller.must(['apply', '--server-side', '--force-conflicts', '-f', '-'], manifests(image));
    await controller.ready();
    return controller;
  }

  /** Ends its pod, and waits for another one that is ready. */
  async restart(): Promise<void> {
    const [before] = this.pods();
    this.must(['delete', 'pod', before.metadata.name, '-n', NAMESPACE, '--grace-period=1']);
    await until('another controller', () => this.pods().some(({ metadata }) => metadata.uid !== before.metadata.uid));
    await this.ready();
  }

  /** What it said since it started. */
  log(): string {
    return this.cluster.kubectl(['logs', `deployment/${NAME}`, '-n', NAMESPACE, '--tail=-1']).stdout;
  }

  private async ready(): Promise<void> {
    this.must(['rollout', 'status', `deployment/${NAME}`, '-n', NAMESPACE, '--timeout=180s']);
  }

  // biome-ignore lint/suspicious/noExplicitAny: pods as the API server gives them
  private pods(): any[] {
    return this.cluster.get('pods', '-n', NAMESPACE, '-l', `app=${NAME}`).items;
  }

  private must(args: readonly string[], input?: string): void {
    const { ok, out } = this.cluster.kubectl(args, input);
    if (!ok) throw new Error(`kubectl ${args.join(' ')}: ${out.trim()}`);
  }
}

/** Its own manifests, with an image that is there. */
function manifests(image: string): string {
  const folder = join(moduleFolder('sigs.k8s.io/agent-sandbox', VERSIONS['agent-sandbox']), 'k8s');
  const documents = ['controller.yaml', 'rbac.generated.yaml'].flatMap((file) =>
    parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((document) => document.toJS()),
  );
  const [controller] = documents.filter((object) => object?.kind === 'Deployment');
  if (controller === undefined) throw new Error(`${folder}/controller.yaml holds no Deployment`);
  const [container] = controller.spec.template.spec.containers;
  container.image = image;
  // One of it is enough, and a restarted one need not wait until the lease of the one before has run out.
  container.args = ['--leader-elect=false'];
  container.readinessProbe = { httpGet: { path: '/readyz', port: 8081 }, periodSeconds: 1 };
  return documents
    .filter((object) => object !== null)
    .map((object) => stringify(object))
    .join('---\n');
}
