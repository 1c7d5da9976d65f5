import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { built } from './build';
import type { Cluster } from './cluster';
import { type ImageContent, writeImage } from './images';
import { ownProgram } from './own-program';
import { until } from './until';

const PORT = 5443;
const SHORT = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'];
const openssl = (cwd: string, ...args: readonly string[]): void => {
  execFileSync('openssl', args, { cwd, stdio: 'ignore' });
};

/**
 * A registry on the node of a cluster of our own, with TLS under an authority of its own. Its name is the node's
 * address, so that containerd, pods and the programs of the bench reach it alike.
 */
export class Registry {
  private constructor(
    private readonly cluster: Cluster,
    private readonly folder: string,
    /** `address:port`, the first part of its images' references. */
    readonly name: string,
    private readonly crane: string,
  ) {}

  /** The registry of a cluster; started unless it runs. */
  static async of(cluster: Cluster): Promise<Registry> {
    if (cluster.folder === undefined) throw new Error('a registry can be run only on a cluster that was started here');
    const node = cluster.get('nodes').items[0];
    const address = node.status.addresses.find((a: { type: string }) => a.type === 'InternalIP').address;
    const folder = join(cluster.folder, 'registry');
    const registry = new Registry(cluster, folder, `${address}:${PORT}`, join(await built('crane'), 'crane'));
    if (!existsSync(join(folder, 'tls.crt'))) registry.certify(address);
    if (!registry.runs()) await registry.start();
    return registry;
  }

  /** Certificate of its authority, PEM. */
  get ca(): string {
    return readFileSync(this.caFile, 'utf8');
  }

  get caFile(): string {
    return join(this.folder, 'ca.crt');
  }

  /** Writes an image, pushes it and returns its reference by digest. */
  push(repository: string, content: ImageContent, tag = 'latest'): string {
    return this.pushed(repository, tag, (layout) => writeImage(layout, content));
  }

  /** Pushes one image of an OCI layout that holds several. */
  pushFrom(repository: string, from: string, digest: string): string {
    return this.pushed(repository, 'latest', (layout) => {
      mkdirSync(layout, { recursive: true });
      symlinkSync(join(from, 'blobs'), join(layout, 'blobs'));
      copyFileSync(join(from, 'oci-layout'), join(layout, 'oci-layout'));
      const index = JSON.parse(readFileSync(join(from, 'index.json'), 'utf8')) as { manifests: { digest: string }[] };
      const manifests = index.manifests.filter((manifest) => manifest.digest === digest);
      writeFileSync(join(layout, 'index.json'), JSON.stringify({ ...index, manifests }));
      return digest;
    });
  }

  private pushed(repository: string, tag: string, write: (layout: string) => string): string {
    const layout = join(this.folder, 'layouts', repository.replaceAll('/', '-'));
    rmSync(layout, { recursive: true, force: true });
    try {
      const digest = write(layout);
      const { ok, out } = this.run(this.crane, ['push', layout, `${this.name}/${repository}:${tag}`]);
      if (!ok) throw new Error(`${repository} could not be pushed to ${this.name}: ${out}`);
      return `${this.name}/${repository}@${digest}`;
    } finally {
      rmSync(layout, { recursive: true, force: true });
    }
  }

  /** Runs a program that talks to registries, with this one's authority. */
  run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const variables = Object.entries({ ...env, SSL_CERT_FILE: this.caFile, DOCKER_CONFIG: this.folder });
    return this.cluster.within('env', [...variables.map(([k, v]) => `${k}=${v}`), program, ...args]);
  }

  /** Refuses every connection until it is back; what was pushed stays. */
  async goAway(): Promise<void> {
    this.cluster.within('kill', ['-USR1', this.pid]);
    await until('the registry refuses connections', () => !this.answers(), 30);
  }

  async comeBack(): Promise<void> {
    this.cluster.within('kill', ['-USR2', this.pid]);
    await until('the registry answers', () => this.answers(), 30);
  }

  private async start(): Promise<void> {
    const own = (name: string): string => join(this.folder, name);
    this.cluster.background('registry', ownProgram('tls-registry'), [
      ...['-address', this.name, '-blobs', own('blobs'), '-pid', own('pid')],
      ...['-certificate', own('tls.crt'), '-key', own('tls.key')],
    ]);
    await until('the registry answers', () => this.answers(), 30);
  }

  private get pid(): string {
    const file = join(this.folder, 'pid');
    return existsSync(file) ? readFileSync(file, 'utf8').trim() : '0';
  }

  private runs(): boolean {
    return this.pid !== '0' && this.cluster.within('kill', ['-0', this.pid]).ok;
  }

  private answers(): boolean {
    return this.run(this.crane, ['catalog', this.name]).ok;
  }

  /** Makes a server's certificate under its authority, and says where it and its key are. @param subject alternative name */
  certificate(name: string, subject: string): { readonly certificate: string; readonly key: string } {
    openssl(
      this.folder,
      ...['req', '-x509', ...SHORT, '-keyout', `${name}.key`, '-out', `${name}.crt`, '-subj', '/CN=registry'],
      ...['-CA', 'ca.crt', '-CAkey', 'ca.key', '-addext', `subjectAltName=${subject}`],
      ...['-addext', 'basicConstraints=critical,CA:FALSE', '-addext', 'extendedKeyUsage=serverAuth'],
    );
    return { certificate: join(this.folder, `${name}.crt`), key: join(this.folder, `${name}.key`) };
  }

  private certify(address: string): void {
    const blobs = join(this.folder, 'blobs');
    mkdirSync(blobs, { recursive: true });
    openssl(this.folder, 'req', '-x509', ...SHORT, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=registry-ca');
    this.certificate('tls', `IP:${address}`);
    // containerd reads this at each pull.
    const hosts = join(this.folder, '..', 'registries', this.name);
    mkdirSync(hosts, { recursive: true });
    writeFileSync(
      join(hosts, 'hosts.toml'),
      `server = "https://${this.name}"\n\n[host."https://${this.name}"]\ncapabilities = ["pull", "resolve"]\nca = "${this.caFile}"\n`,
    );
  }
}
