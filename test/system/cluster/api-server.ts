import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../../cluster/until';
import { freePorts } from '../../../dev/loopback';
import { Program } from './process';

/** What a kubectl call said. */
export interface Answer {
  readonly ok: boolean;
  readonly out: string;
  readonly stdout: string;
  readonly warnings: readonly string[];
}

const programs = { kubernetes: process.env.FIREPIT_KUBERNETES ?? '', etcd: process.env.FIREPIT_ETCD ?? '' };

/** etcd, kube-apiserver and the controller manager on loopback: real admission without a node. */
export class ApiServer {
  private readonly folder = mkdtempSync(join(tmpdir(), 'firepit-api-'));
  private readonly running: Program[] = [];
  readonly kubeconfig = join(this.folder, 'admin.kubeconfig');

  private constructor(private readonly services: string) {}

  /** @param services address range of Services @default '10.96.0.0/16' */
  static async start(services = '10.96.0.0/16'): Promise<ApiServer> {
    const server = new ApiServer(services);
    try {
      await server.up();
      return server;
    } catch (error) {
      const words = server.running.map(({ name, lastWords }) => `${name}: ${lastWords}`).join('\n');
      await server.stop();
      throw new Error(`${(error as Error).message}\n${words}`);
    }
  }

  /** kubectl, with input on stdin. */
  kubectl(args: readonly string[], input?: string): Answer {
    const { status, stdout, stderr } = spawnSync(
      join(programs.kubernetes, 'kubectl'),
      ['--kubeconfig', this.kubeconfig, ...args],
      {
        input,
        encoding: 'utf8',
        maxBuffer: 64 * 1024 * 1024,
      },
    );
    const lines = stderr.split('\n');
    return {
      ok: status === 0,
      out: `${stdout}${stderr}`,
      stdout,
      warnings: lines.filter((line) => line.startsWith('Warning')),
    };
  }

  /** The objects of a kind, as the API server keeps them. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into any object
  get(...args: readonly string[]): any {
    const { ok, out, stdout } = this.kubectl(['get', ...args, '-o', 'json']);
    if (!ok) throw new Error(out);
    return JSON.parse(stdout);
  }

  async stop(): Promise<void> {
    for (const program of [...this.running].reverse()) await program.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private program(name: string, path: string, args: readonly string[]): void {
    this.running.push(new Program(name, path, args, join(this.folder, `${name}.log`), this.folder));
  }

  private openssl(...args: readonly string[]): void {
    execFileSync('openssl', args, { cwd: this.folder, stdio: 'ignore' });
  }

  private certificate(name: string, subject: string, san: string): void {
    writeFileSync(join(this.folder, `${name}.ext`), `subjectAltName=${san}\nextendedKeyUsage=serverAuth,clientAuth\n`);
    this.openssl(
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
      '-subj',
      subject,
    );
    this.openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-out',
      `${name}.crt`,
      '-days',
      '2',
      '-extfile',
      `${name}.ext`,
    );
  }

  private async up(): Promise<void> {
    this.openssl('genrsa', '-out', 'sa.key', '2048');
    this.openssl('rsa', '-in', 'sa.key', '-pubout', '-out', 'sa.pub');
    this.openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'ca.key',
      '-out',
      'ca.crt',
      '-days',
      '2',
      '-subj',
      '/CN=bench',
    );
    this.certificate('server', '/CN=kube-apiserver', 'IP:127.0.0.1,DNS:localhost');
    this.certificate('admin', '/O=system:masters/CN=admin', 'DNS:admin');
    const [client = 0, peer = 0, secure = 0] = await freePorts(3);
    const etcd = `http://127.0.0.1:${client}`;
    this.program('etcd', join(programs.etcd, 'etcd'), [
      '--data-dir=etcd',
      '--unsafe-no-fsync',
      `--listen-client-urls=${etcd}`,
      `--advertise-client-urls=${etcd}`,
      `--listen-peer-urls=http://127.0.0.1:${peer}`,
    ]);
    this.program('apiserver', join(programs.kubernetes, 'kube-apiserver'), [
      `--etcd-servers=${etcd}`,
      `--secure-port=${secure}`,
      '--bind-address=127.0.0.1',
      '--allow-privileged=true',
      '--tls-cert-file=server.crt',
      '--tls-private-key-file=server.key',
      '--client-ca-file=ca.crt',
      '--authorization-mode=Node,RBAC',
      '--service-account-issuer=https://kubernetes.default.svc',
      '--service-account-key-file=sa.pub',
      '--service-account-signing-key-file=sa.key',
      `--service-cluster-ip-range=${this.services}`,
    ]);
    this.writeKubeconfig(secure);
    await until(
      'the API server is ready',
      () => this.kubectl(['get', '--raw', '/readyz']).ok && this.kubectl(['get', 'namespace', 'default']).ok,
    );
    this.program('controller-manager', join(programs.kubernetes, 'kube-controller-manager'), [
      `--kubeconfig=${this.kubeconfig}`,
      '--service-account-private-key-file=sa.key',
      '--root-ca-file=ca.crt',
      '--use-service-account-credentials',
      '--leader-elect=false',
      '--secure-port=0',
    ]);
  }

  private writeKubeconfig(port: number): void {
    const file = (name: string): string => join(this.folder, name);
    writeFileSync(
      this.kubeconfig,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [
          { name: 'bench', cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority': file('ca.crt') } },
        ],
        users: [{ name: 'admin', user: { 'client-certificate': file('admin.crt'), 'client-key': file('admin.key') } }],
        contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'admin' } }],
        'current-context': 'bench',
      }),
    );
  }
}
