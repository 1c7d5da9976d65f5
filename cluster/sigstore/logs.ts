import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { built } from '../build';
import type { Cluster } from '../cluster';
import { moduleFolder } from '../modules';
import { until } from '../until';
import { VERSIONS } from '../versions';
import type { Servers } from './servers';

const PORT = { trillian: 7101, signer: 7102, certificates: 7103 } as const;
const TRILLIAN = `127.0.0.1:${PORT.trillian}`;

/** A log: its port on loopback, and the file of its public key. */
export interface Log {
  readonly port: number;
  readonly key: string;
}

/** One of several at a port: the first part of its paths is its name. */
interface Named extends Log {
  readonly name: string;
}

/** A key as text of a Protocol Buffer's bytes. */
const escaped = (key: KeyObject): string =>
  [...key.export({ type: 'sec1', format: 'der' })].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');

/** Trillian, which keeps the trees of all logs in PostgreSQL. */
export class Trillian {
  private constructor(
    private readonly cluster: Cluster,
    private readonly servers: Servers,
    private readonly programs: string,
  ) {}

  /** @param database URL of an empty database, and the owner's password in it */
  static async start(cluster: Cluster, servers: Servers, database: string): Promise<Trillian> {
    const programs = await built('trillian');
    const schema = join(moduleFolder('github.com/google/trillian', VERSIONS.trillian), 'storage/postgresql/schema');
    const { ok, out } = cluster.within('psql', [database, '-qv', 'ON_ERROR_STOP=1', '-f', join(schema, 'storage.sql')]);
    if (!ok) throw new Error(`Trillian's tables could not be made: ${out.trim()}`);
    const store = ['--quota_system=noop', `--postgresql_uri=${database}`, '--http_endpoint='];
    const run = (program: string, port: number, ...args: readonly string[]): void =>
      servers.start(program, join(programs, program), [...store, `--rpc_endpoint=127.0.0.1:${port}`, ...args]);
    run('trillian_log_server', PORT.trillian);
    run('trillian_log_signer', PORT.signer, '--force_master');
    return new Trillian(cluster, servers, programs);
  }

  /** Two logs of certificates in one server. @param roots files of the authorities whose certificates go in */
  async certificateLogs(names: readonly [string, string], roots: readonly string[]): Promise<readonly [Named, Named]> {
    const at = (name: string): string => join(this.servers.folder, name);
    const logs: string[] = [];
    for (const name of names) {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      writeFileSync(at(`ct-${name}.pub`), publicKey.export({ type: 'spki', format: 'pem' }));
      logs.push(`config {
  log_id: ${await this.tree()}
  prefix: "${name}"
  max_merge_delay_sec: 86400
  ${roots.map((file) => `roots_pem_file: "${file}"`).join('\n  ')}
  private_key { [type.googleapis.com/keyspb.PrivateKey] { der: "${escaped(privateKey)}" } }
  ext_key_usages: "CodeSigning"
}`);
    }
    writeFileSync(at('ct.cfg'), logs.join('\n'), { mode: 0o600 });
    this.servers.start('ct_server', join(await built('certificate-transparency'), 'ct_server'), [
      ...[`--log_config=${at('ct.cfg')}`, `--log_rpc_server=${TRILLIAN}`],
      `--http_endpoint=127.0.0.1:${PORT.certificates}`,
    ]);
    await this.servers.answer('ct_server', PORT.certificates, `/${names[0]}/ct/v1/get-sth`);
    const log = (name: string): Named => ({ name, port: PORT.certificates, key: at(`ct-${name}.pub`) });
    return [log(names[0]), log(names[1])];
  }

  /** A Rekor with a key and a tree of its own. @param hostname by which its checkpoints call it */
  async rekor(name: string, port: number, hostname: string): Promise<Log> {
    const endpoints = ['getLogInfo', 'getPublicKey', 'getLogProof', 'createLogEntry', 'getLogEntryByUUID'];
    this.servers.start(name, join(await built('rekor'), 'rekor-server'), [
      ...['serve', '--log_type=prod', '--rekor_server.address=127.0.0.1', `--port=${port}`],
      ...[`--rekor_server.hostname=${hostname}`, '--rekor_server.signer=memory'],
      ...['--trillian_log_server.address=127.0.0.1', `--trillian_log_server.port=${PORT.trillian}`],
      // The index for searches would want a Redis.
      ...['--enable_retrieve_api=false', `--enabled_api_endpoints=${endpoints.join(',')}`],
    ]);
    const key = join(this.servers.folder, `${name}.pub`);
    const pem = await this.servers.answer(name, port, '/api/v1/log/publicKey');
    writeFileSync(key, createPublicKey(pem).export({ type: 'spki', format: 'pem' }));
    return { port, key };
  }

  /** Makes a tree, once the server answers. */
  private async tree(): Promise<string> {
    let said = '';
    // Beside the number it says what it does.
    const number = (): string | undefined => said.match(/^\d+$/m)?.[0];
    await until(
      () => `Trillian makes a tree: ${said}`,
      () => {
        said = this.cluster.within(join(this.programs, 'createtree'), [`--admin_server=${TRILLIAN}`]).out;
        return number() !== undefined;
      },
    );
    return number() ?? '';
  }
}
