import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ADDRESSES } from '../addresses';
import { built } from '../build';
import type { Cluster } from '../cluster';
import type { Registry } from '../registry';
import { type Authority, authority, fulcio } from './fulcio';
import { Issuer } from './issuer';
import { type Log, Trillian } from './logs';
import { Servers } from './servers';
import { tiles } from './tiles';
import { type Timestamps, timestamps } from './timestamps';
import { tufRepository } from './tuf';

/** The name under which others know it. */
export const HOST = 'sigstore.example.com';
/** Ports that others see. */
const SEEN = {
  files: 9441,
  rekor: { own: 9442, other: 9443, tiles: 9444, otherTiles: 9445 },
  timestamps: { own: 9446, other: 9447 },
} as const;
const LOCAL = { rekor: 7104, otherRekor: 7105, tiles: 7106, otherTiles: 7107, fulcio: 7110 } as const;
const FRONT = 'sigstore-front';
const SINCE = 'start-time=2024-01-01T00:00:00Z';
const url = (port: number, path = ''): string => `https://${HOST}:${port}${path}`;
const service = (at: string, version = 1): string => `url=${at},api-version=${version},${SINCE},operator=bench`;
const timestampUrl = (whose: Whose): string => url(SEEN.timestamps[whose], '/api/v1/timestamp');

/** `own` is the declared one. */
type Whose = 'own' | 'other';

/** What signs for whom: each field says which of those that run here. */
export interface How {
  /** `unlogged`: the same authority, and no log of certificates. @default 'own' */
  readonly fulcio?: Whose | 'otherLog' | 'unlogged';
  /** `tiles`: of the second version, declared as well. @default 'own' */
  readonly rekor?: Whose | 'tiles' | 'otherTiles' | 'none';
  /** @default - no timestamp: the log says when */
  readonly timestamps?: Whose;
  /** @default 'own' */
  readonly issuer?: Whose;
  /** Address of the person. */
  readonly subject: string;
}

/** What a declaration says. */
export interface Described {
  readonly issuer: string;
  readonly rekorUrl: string;
  readonly tufMirror: string;
  readonly tufRoot: string;
  readonly trustedRoot: string;
}

/** All of one side: its authority, its logs, its timestamps. */
interface Side {
  readonly authority: Authority;
  readonly certificateLog: Log;
  readonly rekor: readonly [port: number, log: Log];
  readonly tiles: readonly [port: number, log: Log];
  readonly timestamps: readonly [url: string, authority: Timestamps];
}

/** Arguments of `cosign trusted-root create`. */
const trusted = ({ authority, certificateLog, rekor, tiles, timestamps }: Side): string[] => [
  ...['--fulcio', `url=${url(SEEN.files)},certificate-chain=${authority.certificate}`],
  ...['--ctfe', `url=${url(SEEN.files)},public-key=${certificateLog.key},${SINCE}`],
  ...['--rekor', `url=${url(rekor[0])},public-key=${rekor[1].key},${SINCE}`],
  ...['--rekor', `url=${url(tiles[0])},public-key=${tiles[1].key},${SINCE},origin=${HOST}`],
  ...['--tsa', `url=${timestamps[0]},certificate-chain=${timestamps[1].chain}`],
];

interface Parts {
  readonly registry: Registry;
  readonly servers: Servers;
  readonly front: () => void;
  readonly cosign: string;
  /** File of a trusted root with all that runs. */
  readonly everything: string;
  readonly issuers: Readonly<Record<Whose, Issuer>>;
  readonly fulcios: Readonly<Record<Whose | 'otherLog' | 'unlogged', string>>;
  readonly described: Described;
}

/**
 * A Sigstore that nobody else runs, from the released programs: Fulcio, Rekor of both versions, a log of certificates,
 * timestamps, an issuer of identities and a TUF mirror. Beside each stands another one of the same kind, whose signatures
 * are as good and not declared; its mirror vouches for both.
 */
export class PrivateSigstore {
  private signed = 0;

  private constructor(private readonly parts: Parts) {}

  /** What a declaration says of it. */
  get described(): Described {
    return this.parts.described;
  }

  /** @param database URL of an empty PostgreSQL database with its owner's password */
  static async start(cluster: Cluster, registry: Registry, database: string): Promise<PrivateSigstore> {
    const folder = join(cluster.folder ?? '', 'sigstore');
    const files = join(folder, 'files');
    mkdirSync(join(files, 'tuf'), { recursive: true });
    const servers = new Servers(cluster, folder);
    const stamps = { own: await timestamps(servers, 'tsa'), other: await timestamps(servers, 'tsa-other') };

    // The node's own hosts are in a layer that ends with the cluster.
    cluster.within('sh', ['-c', `echo "${ADDRESSES.node.v4} ${HOST}" >> /etc/hosts`]);
    const issuers = {
      own: await Issuer.in(join(files, 'issuer'), url(SEEN.files, '/issuer')),
      other: await Issuer.in(join(files, 'other-issuer'), url(SEEN.files, '/other-issuer')),
    };
    const ports = {
      [SEEN.files]: { folder: files },
      [SEEN.rekor.own]: { port: LOCAL.rekor },
      [SEEN.rekor.other]: { port: LOCAL.otherRekor },
      [SEEN.rekor.tiles]: { port: LOCAL.tiles },
      [SEEN.rekor.otherTiles]: { port: LOCAL.otherTiles },
      [SEEN.timestamps.own]: { socketPath: stamps.own.socket },
      [SEEN.timestamps.other]: { socketPath: stamps.other.socket },
    };
    const seen = { address: ADDRESSES.node.v4, ...registry.certificate('sigstore', `DNS:${HOST}`), ports };
    const front = (): void =>
      servers.start(FRONT, process.execPath, [join(__dirname, 'front.js'), JSON.stringify(seen)]);
    front();

    const authorities = { own: authority(folder, 'fulcio-own'), other: authority(folder, 'fulcio-other') };
    const trillian = await Trillian.start(cluster, servers, database);
    const roots = Object.values(authorities).map(({ certificate }) => certificate);
    const certificateLogs = await trillian.certificateLogs(['own', 'other'], roots);
    const start = (name: string, offset: number, by: Authority, log?: Log & { readonly name: string }) =>
      fulcio(servers, `fulcio-${name}`, {
        ...{ authority: by, issuers: Object.values(issuers), caFile: registry.caFile, port: LOCAL.fulcio + offset },
        ...(log === undefined ? {} : { log: `http://127.0.0.1:${log.port}/${log.name}` }),
      });
    const fulcios = {
      own: await start('own', 0, authorities.own, certificateLogs[0]),
      other: await start('other', 1, authorities.other, certificateLogs[0]),
      otherLog: await start('other-log', 2, authorities.own, certificateLogs[1]),
      unlogged: await start('unlogged', 3, authorities.own),
    };
    const own: Side = {
      authority: authorities.own,
      certificateLog: certificateLogs[0],
      rekor: [SEEN.rekor.own, await trillian.rekor('rekor', LOCAL.rekor, HOST)],
      tiles: [SEEN.rekor.tiles, await tiles(servers, 'tiles', LOCAL.tiles, HOST)],
      timestamps: [timestampUrl('own'), stamps.own],
    };
    const other: Side = {
      authority: authorities.other,
      certificateLog: certificateLogs[1],
      rekor: [SEEN.rekor.other, await trillian.rekor('rekor-other', LOCAL.otherRekor, HOST)],
      tiles: [SEEN.rekor.otherTiles, await tiles(servers, 'tiles-other', LOCAL.otherTiles, HOST)],
      timestamps: [timestampUrl('other'), stamps.other],
    };

    const cosign = join(await built('cosign'), 'cosign');
    const rootOf = (name: string, ...sides: readonly Side[]): string => {
      mkdirSync(join(folder, name));
      const file = join(folder, name, 'trusted_root.json');
      const { ok, out } = registry.run(cosign, ['trusted-root', 'create', '--out', file, ...sides.flatMap(trusted)]);
      if (!ok) throw new Error(`cosign trusted-root create: ${out.trim()}`);
      return file;
    };
    // cosign looks whether what it made is good: by everything that runs here. And the mirror says that all of it is.
    const everything = rootOf('everything', own, other);
    const tuf = await tufRepository(join(files, 'tuf'), everything);
    const described = {
      issuer: issuers.own.url,
      rekorUrl: url(SEEN.rekor.own),
      tufMirror: url(SEEN.files, '/tuf/repository'),
      tufRoot: tuf.root,
      trustedRoot: readFileSync(rootOf('declared', own), 'utf8'),
    };
    return new PrivateSigstore({ registry, servers, front, cosign, everything, issuers, fulcios, described });
  }

  /** Signs an image by digest. */
  async sign(reference: string, how: How): Promise<void> {
    this.run(['sign', ...(await this.by(how)), reference]);
  }

  /** Signs a statement about an image. @param type of its predicate, as cosign names it */
  async attest(reference: string, type: string, predicate: object, how: How): Promise<void> {
    const file = join(this.parts.servers.folder, 'predicate.json');
    writeFileSync(file, JSON.stringify(predicate));
    this.run(['attest', ...(await this.by(how)), '--type', type, '--predicate', file, reference]);
  }

  /** Answers nobody until it is back. */
  goAway(): Promise<void> {
    return this.parts.servers.end(FRONT);
  }

  comeBack(): void {
    this.parts.front();
  }

  stop(): void {
    this.parts.servers.stop();
  }

  private async by({ fulcio = 'own', rekor = 'own', issuer = 'own', subject, timestamps }: How): Promise<string[]> {
    this.signed += 1;
    const at = (name: string): string => join(this.parts.servers.folder, `${name}-${this.signed}`);
    const log = rekor === 'none' ? undefined : service(url(SEEN.rekor[rekor]), /tiles/i.test(rekor) ? 2 : 1);
    this.run([
      ...['signing-config', 'create', '--out', at('services')],
      ...['--fulcio', service(this.parts.fulcios[fulcio]), '--oidc-provider', service(this.parts.issuers[issuer].url)],
      ...(log === undefined ? [] : ['--rekor', log, '--rekor-config', 'ANY']),
      ...(timestamps === undefined ? [] : ['--tsa', service(timestampUrl(timestamps)), '--tsa-config', 'ANY']),
    ]);
    writeFileSync(at('token'), await this.parts.issuers[issuer].token(subject), { mode: 0o600 });
    const trust = ['--signing-config', at('services'), '--trusted-root', this.parts.everything];
    return ['--yes', ...trust, '--identity-token', at('token'), '--registry-cacert', this.parts.registry.caFile];
  }

  private run(args: readonly string[]): void {
    const { ok, out } = this.parts.registry.run(this.parts.cosign, args, { HOME: this.parts.servers.folder });
    if (!ok) throw new Error(`cosign ${args.slice(0, 2).join(' ')}: ${out.trim()}`);
  }
}
