import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../../dev/loopback';

/** PostgreSQL does not run as root. */
const NOBODY = 65_534;
const asOther = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

/** Debian keeps the server's programs off the path. */
function programs(): string {
  const debian = '/usr/lib/postgresql';
  const folders = existsSync(debian)
    ? readdirSync(debian)
        .sort((a, b) => Number(b) - Number(a))
        .map((version) => join(debian, version, 'bin'))
    : [];
  const found = [...folders, ...(process.env.PATH ?? '').split(':')].find((folder) =>
    existsSync(join(folder, 'initdb')),
  );
  if (found === undefined) throw new Error('PostgreSQL is not here: apt-get install postgresql');
  return found;
}

/** A PostgreSQL server of our own, on loopback and on a socket, with TLS. Its data goes with it. */
export class Postgres {
  private server: ReturnType<typeof spawn> | undefined;
  private readonly bin = programs();

  private constructor(
    readonly folder: string,
    readonly port: number,
  ) {}

  /** @param parent where its folder is @default - the system's folder for temporary files */
  static async start(settings: Readonly<Record<string, string>> = {}, parent = tmpdir()): Promise<Postgres> {
    const folder = mkdtempSync(join(parent, 'firepit-pg-'));
    if (asOther.uid !== undefined) chownSync(folder, NOBODY, NOBODY);
    const [port = 0] = await freePorts(1);
    const postgres = new Postgres(folder, port);
    postgres.run('initdb', [
      '-D',
      postgres.data,
      '-U',
      'owner',
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--no-locale',
      '--no-sync',
    ]);
    postgres.certificates();
    await postgres.up(settings);
    return postgres;
  }

  private get data(): string {
    return join(this.folder, 'data');
  }

  /** The CA that a client verifies the server with. */
  get ca(): string {
    return join(this.folder, 'ca.crt');
  }

  /** By its socket. */
  get url(): string {
    return this.urlOf('postgres');
  }

  urlOf(database: string, user = 'owner'): string {
    return `postgres://${user}@localhost:${this.port}/${database}?host=${this.folder}`;
  }

  /** By its address, verified. */
  get tlsUrl(): string {
    return `postgres://owner@127.0.0.1:${this.port}/postgres?sslmode=verify-full&sslrootcert=${this.ca}`;
  }

  /** As its administrator. */
  sql(statement: string, database = 'postgres'): string {
    return execFileSync(
      'psql',
      ['-h', this.folder, '-p', String(this.port), '-U', 'owner', '-d', database, '-Atc', statement],
      {
        encoding: 'utf8',
      },
    ).trim();
  }

  async up(settings: Readonly<Record<string, string>> = {}): Promise<void> {
    const options = {
      listen_addresses: '127.0.0.1',
      port: String(this.port),
      unix_socket_directories: this.folder,
      ssl: 'on',
      ssl_cert_file: join(this.folder, 'server.crt'),
      ssl_key_file: join(this.folder, 'server.key'),
      ...settings,
    };
    const args = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const log: string[] = [];
    this.server = spawn(join(this.bin, 'postgres'), ['-D', this.data, ...args], {
      ...asOther,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.server.stdout, this.server.stderr])
      stream?.on('data', (chunk) => log.push(String(chunk)));
    const deadline = Date.now() + 120_000;
    while (spawnSync('pg_isready', ['-h', this.folder, '-p', String(this.port)]).status !== 0) {
      if (Date.now() > deadline || this.server.exitCode !== null)
        throw new Error(`PostgreSQL did not start: ${log.join('')}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  get running(): boolean {
    return this.server?.exitCode === null && this.server.signalCode === null;
  }

  /** As the loss of its machine looks from outside. */
  async kill(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    const gone = new Promise((resolve) => server.once('exit', resolve));
    // Immediate shutdown: no checkpoint, recovery at the next start. SIGKILL would leave its children behind.
    server.kill('SIGQUIT');
    await gone;
    this.server = undefined;
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private run(program: string, args: readonly string[]): void {
    execFileSync(join(this.bin, program), args, { ...asOther, cwd: this.folder, stdio: 'pipe' });
  }

  private certificates(): void {
    const at = (name: string): string => join(this.folder, name);
    const openssl = (...args: string[]): void => {
      execFileSync('openssl', args, { ...asOther, cwd: this.folder, stdio: 'pipe' });
    };
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    openssl('req', '-x509', ...key, '-keyout', at('ca.key'), '-out', this.ca, '-subj', '/CN=test CA', '-days', '2');
    openssl('req', ...key, '-keyout', at('server.key'), '-out', at('server.csr'), '-subj', '/CN=server');
    writeFileSync(at('server.ext'), 'subjectAltName=IP:127.0.0.1\n');
    openssl(
      'x509',
      '-req',
      '-in',
      at('server.csr'),
      '-CA',
      this.ca,
      '-CAkey',
      at('ca.key'),
      '-CAcreateserial',
      '-out',
      at('server.crt'),
      '-days',
      '2',
      '-extfile',
      at('server.ext'),
    );
  }
}
