import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { built } from './build';
import type { Cluster } from './cluster';
import { decided } from './cut-off';
import { programImage } from './images';
import { moduleFolder } from './modules';
import type { Registry } from './registry';
import { until } from './until';
import { VERSIONS } from './versions';

const NAMESPACE = 'kyverno';
const CONTROLLER = 'kyverno-admission-controller';
const WEBHOOKS = 'kyverno-resource-validating-webhook-cfg';
const PROGRAM = '/ko-app/kyverno';
/** A policy that is only asked about. */
const QUESTION = stringify({
  apiVersion: 'policies.kyverno.io/v1',
  kind: 'ImageValidatingPolicy',
  metadata: { name: 'is-kyverno-there' },
  spec: {
    matchConstraints: {
      resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
    },
    attestors: [{ name: 'nobody', notary: { certs: { value: 'none' } } }],
    validations: [{ expression: 'true' }],
  },
});

/** Kyverno's admission controller as a pod of a cluster, from its own chart, and the ways in which it can be away. */
export class Kyverno {
  private constructor(private readonly cluster: Cluster) {}

  /** The Kyverno of a cluster; installed unless it is there. Resolves when it admits. */
  static async of(cluster: Cluster, registry: Registry): Promise<Kyverno> {
    const kyverno = new Kyverno(cluster);
    if (!cluster.kubectl(['get', 'deployment', CONTROLLER, '-n', NAMESPACE]).ok) await kyverno.install(registry);
    await kyverno.ready();
    return kyverno;
  }

  /** Its webhook configurations go with it: nobody would ask about signatures any more. */
  async scaleToZero(): Promise<void> {
    this.scale(0);
    await until('Kyverno is gone', () => this.pods().length === 0);
  }

  /** Ends its process at once. Its webhooks stay registered, and the kubelet starts it again. */
  kill(): void {
    this.signal('KILL');
  }

  /** Leaves it registered and unable to start. */
  async crash(): Promise<void> {
    // Stopped, it cannot answer the order to end by removing its webhooks.
    this.signal('STOP');
    this.patch({ strategy: { type: 'Recreate', rollingUpdate: null }, ...this.template({ command: ['/not-there'] }) });
    await until('its pod is to go', () => this.pods().some(({ metadata }) => metadata.deletionTimestamp !== undefined));
    // Nobody waits the time that it would be given to end.
    this.signal('KILL');
    await until('Kyverno does not start any more', () =>
      this.pods().some(({ status }) =>
        (status.containerStatuses ?? []).some((c: { ready: boolean; restartCount: number; state: object }) =>
          JSON.stringify([c.state, c.restartCount]).match(/not-there|Crash|RunContainerError/),
        ),
      ),
    );
  }

  /** Whatever was done to it, it runs again and admits. */
  async back(): Promise<void> {
    this.patch(this.template({ command: null }));
    this.scale(1);
    // The pod of an earlier state may be waiting for its next try.
    for (const { metadata, status } of this.pods())
      if (status.containerStatuses?.some((c: { ready: boolean }) => c.ready) !== true)
        this.cluster.kubectl(['delete', 'pod', '-n', NAMESPACE, '--wait=false', metadata.name]);
    await this.ready();
  }

  /** Makes it find a host name at an address. */
  async finds(hostname: string, ip: string): Promise<void> {
    this.patch({ template: { spec: { hostAliases: [{ ip, hostnames: [hostname] }] } } });
    await this.ready();
  }

  /** An answer in which it had a say, asked for again where its process ended meanwhile: then it says why on stderr. */
  answered(ask: () => string): string {
    const end = Date.now() + 90_000;
    let waited = false;
    const answer = decided(ask, () => {
      waited = true;
      this.cluster.kubectl(['wait', '--for=condition=Available', `deployment/${CONTROLLER}`, '-n', NAMESPACE]);
      return Date.now() < end;
    });
    if (waited) process.stderr.write(`Kyverno was cut off while it was asked: ${this.lastWords()}\n`);
    return answer;
  }

  /** Where its process, or one before it, stopped in the middle of something. */
  private lastWords(): string {
    const log = ['logs', `deployment/${CONTROLLER}`, '-n', NAMESPACE, '-c', 'kyverno', '--tail=5000'];
    for (const which of [[], ['--previous']]) {
      const lines = this.cluster.kubectl([...log, ...which]).stdout.split('\n');
      const at = lines.findIndex((line) => /^(fatal error|panic):|http: panic serving/.test(line));
      if (at >= 0) return lines.slice(at, at + 12).join('\n');
    }
    return 'its log does not say why';
  }

  /** What it said of images since its pod started: lines that name a digest. */
  said(digest: string): string[] {
    const { stdout } = this.cluster.kubectl(['logs', `deployment/${CONTROLLER}`, '-n', NAMESPACE, '--tail=-1']);
    return stdout.split('\n').filter((line) => line.includes(digest));
  }

  /** Names of the policies that its webhooks ask about. */
  asks(): string {
    const { ok, stdout } = this.cluster.kubectl(['get', 'validatingwebhookconfiguration', WEBHOOKS, '-o', 'json']);
    const webhooks: { clientConfig?: { service?: { path?: string } } }[] = ok
      ? (JSON.parse(stdout).webhooks ?? [])
      : [];
    return webhooks.map(({ clientConfig }) => clientConfig?.service?.path ?? '').join(' ');
  }

  private async ready(): Promise<void> {
    const rollout = ['rollout', 'status', `deployment/${CONTROLLER}`, '-n', NAMESPACE, '--timeout=180s'];
    const { ok, out } = this.cluster.kubectl(rollout);
    if (!ok) throw new Error(`Kyverno did not start: ${out.trim()}`);
    // A ready pod is not yet one that the API server reaches: rules of the node follow a moment later.
    const ask = ['create', '--dry-run=server', '-f', '-'];
    await until(
      'Kyverno answers the API server',
      () => !/calling webhook/.test(this.cluster.kubectl(ask, QUESTION).out),
    );
  }

  // biome-ignore lint/suspicious/noExplicitAny: pods as the API server gives them
  private pods(): any[] {
    return this.cluster.get('pods', '-n', NAMESPACE, '-l', 'app.kubernetes.io/component=admission-controller').items;
  }

  private scale(replicas: number): void {
    this.must(['scale', 'deployment', CONTROLLER, '-n', NAMESPACE, `--replicas=${replicas}`]);
  }

  private template(change: object): object {
    return { template: { spec: { containers: [{ name: 'kyverno', ...change }] } } };
  }

  private patch(spec: object): void {
    this.must(['patch', 'deployment', CONTROLLER, '-n', NAMESPACE, '-p', JSON.stringify({ spec })]);
  }

  private must(args: readonly string[]): void {
    const { ok, out } = this.cluster.kubectl(args);
    if (!ok) throw new Error(`kubectl ${args.join(' ')}: ${out.trim()}`);
  }

  /** Sends a signal to its process, found by the id of its container. */
  private signal(name: 'KILL' | 'STOP'): void {
    for (const { status } of this.pods())
      for (const { containerID } of status.containerStatuses ?? []) {
        const id = String(containerID ?? '').replace('containerd://', '');
        if (id === '') continue;
        const script = `for f in $(grep -ls ${id} /proc/[0-9]*/cgroup); do p=\${f#/proc/}; kill -${name} \${p%/cgroup}; done`;
        const { ok, out } = this.cluster.within('sh', ['-c', script]);
        if (!ok) throw new Error(`Kyverno could not be sent ${name}: ${out.trim()}`);
      }
  }

  private async install(registry: Registry): Promise<void> {
    const programs = await built('kyverno');
    const image = (program: string, path: string): string =>
      registry.push(`kyverno/${program}`, programImage(join(programs, program), path), 'bench');
    image('kyverno', PROGRAM);
    image('kyverno-init', '/ko-app/kyverno-init');
    const helm = join(await built('helm'), 'helm');
    const source = moduleFolder('github.com/kyverno/kyverno', VERSIONS.kyverno);
    const chart = join(this.cluster.folder ?? tmpdir(), 'kyverno-chart');
    const { ok, out } = this.cluster.kubectl(['apply', '--server-side', '-R', '-f', join(source, 'config', 'crds')]);
    if (!ok) throw new Error(`Kyverno's definitions were not taken: ${out.trim()}`);
    copyChart(join(source, 'charts', 'kyverno'), chart);
    try {
      const values = join(chart, 'bench.yaml');
      writeFileSync(values, stringify(valuesOf(registry)));
      const rendered = execFileSync(
        helm,
        ['template', 'kyverno', chart, '-n', NAMESPACE, '--no-hooks', '--values', values],
        { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
      );
      const namespace = stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
      const applied = this.cluster.kubectl(['apply', '--server-side', '-f', '-'], `${namespace}---\n${rendered}`);
      if (!applied.ok) throw new Error(`Kyverno's chart was not taken: ${applied.out.trim()}`);
    } finally {
      rmSync(chart, { recursive: true, force: true });
    }
  }
}

/** The chart without its dependencies, which lie in chart repositories; their objects are not needed here. */
function copyChart(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  cpSync(from, to, { recursive: true });
  execFileSync('chmod', ['-R', 'u+w', to]);
  rmSync(join(to, 'charts'), { recursive: true, force: true });
  if (existsSync(join(to, 'Chart.lock'))) rmSync(join(to, 'Chart.lock'));
  const { dependencies: _, ...chart } = parse(readFileSync(join(to, 'Chart.yaml'), 'utf8'));
  writeFileSync(join(to, 'Chart.yaml'), stringify(chart));
}

const valuesOf = (registry: Registry): object => {
  const image = (program: string) => ({
    image: { registry: registry.name, repository: `kyverno/${program}`, tag: 'bench', pullPolicy: 'IfNotPresent' },
  });
  const off = { enabled: false };
  return {
    admissionController: {
      container: image('kyverno'),
      initContainer: image('kyverno-init'),
      // It is asked as soon as it can answer: tests take it away and bring it back often.
      startupProbe: { initialDelaySeconds: 0, periodSeconds: 1, failureThreshold: 120 },
      readinessProbe: { initialDelaySeconds: 0, periodSeconds: 1, failureThreshold: 60 },
      caCertificates: { data: registry.ca },
    },
    backgroundController: off,
    cleanupController: off,
    reportsController: off,
    crds: { install: false },
    grafana: off,
    webhooksCleanup: off,
    policyReportsCleanup: off,
  };
};
