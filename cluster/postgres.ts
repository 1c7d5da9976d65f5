import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from './cluster';
import { type ImageContent, linkedTo } from './images';
import { until } from './until';

/** Where Debian has the newest server. */
function serverFolder(): string {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const [newest] = versions.map((version) => join(debian, version)).filter((at) => existsSync(join(at, 'bin/initdb')));
  if (newest === undefined) throw new Error('PostgreSQL is not here.\n  fix: apt-get install --yes postgresql');
  return newest;
}

const filesUnder = (path: string): string[] =>
  statSync(path).isDirectory() ? readdirSync(path).flatMap((name) => filesUnder(join(path, name))) : [path];

const DATA = '/var/lib/postgres/data';
const SOCKET = '/var/lib/postgres';
/** Its certificate `tls.crt`, the key `tls.key`, and its administrator's password `owner`. */
const SECRETS = '/etc/postgres';
const UID = 70;

/** Debian's PostgreSQL in a container: empty at its start, TLS and passwords for whoever comes over the network. */
export function postgresImage(users: string): ImageContent {
  const server = serverFolder();
  const bin = (name: string): string => join(server, 'bin', name);
  const programs = ['/bin/sh', ...['postgres', 'initdb', 'psql'].map(bin)];
  const libraries = ['plpgsql.so', 'dict_snowball.so'].map((name) => join(server, 'lib', name));
  const share = filesUnder(server.replace('/lib/', '/share/')).filter((file) => !file.includes('/man/'));
  const files = [...programs, ...libraries, ...share, ...[...programs, ...libraries].flatMap(linkedTo)];
  const settings = [
    ...[`listen_addresses='*'`, 'ssl=on', `unix_socket_directories=${SOCKET}`, `hba_file=${DATA}/hba`],
    ...[`ssl_cert_file=${SECRETS}/tls.crt`, `ssl_key_file=${SECRETS}/tls.key`],
  ];
  const start = [
    `${bin('initdb')} -D ${DATA} -U owner -A scram-sha-256 --pwfile=${SECRETS}/owner -E UTF8 --no-locale --no-sync >&2`,
    `printf 'local all owner trust\\nhostssl all all all scram-sha-256\\n' > ${DATA}/hba`,
    `exec ${bin('postgres')} -D ${DATA} ${settings.map((setting) => `-c ${setting}`).join(' ')}`,
  ];
  return {
    files: { ...Object.fromEntries(files.map((file) => [file, file])), '/etc/passwd': users },
    entrypoint: ['/bin/sh', '-ec', start.join('\n')],
  };
}

/**
 * The same server, told as Docker's official image `postgres` is: `PGDATA`, `POSTGRES_USER`, `POSTGRES_PASSWORD`,
 * `POSTGRES_DB`, and arguments for the server.
 */
export function emptyPostgresImage(users: string): ImageContent {
  const bin = join(serverFolder(), 'bin');
  const start = [
    'printf "%s" "$POSTGRES_PASSWORD" > "$PGDATA.password"',
    `${bin}/initdb -D "$PGDATA" -U "$POSTGRES_USER" -A scram-sha-256 --pwfile="$PGDATA.password" -E UTF8 --no-locale --no-sync >&2`,
    'echo "hostssl all all all scram-sha-256" > "$PGDATA/pg_hba.conf"',
    `echo "create database \\"$POSTGRES_DB\\"" | ${bin}/postgres --single -D "$PGDATA" postgres >&2`,
    `exec ${bin}/postgres -D "$PGDATA" -c "listen_addresses=*" "$@"`,
  ];
  return { files: postgresImage(users).files, entrypoint: ['/bin/sh', '-ec', start.join('\n'), 'postgres'] };
}

/** Lines of a file of users, for programs that want to know by name who they are. */
export const POSTGRES_USERS = `root:x:0:0::/:/bin/sh\npostgres:x:${UID}:${UID}::${SOCKET}:/bin/sh\n`;

/** What runs it. @param secret that holds what `SECRETS` says */
export const postgresPod = (image: string, secret: string): object => ({
  securityContext: { runAsUser: UID, runAsGroup: UID, fsGroup: UID },
  containers: [
    {
      name: 'postgres',
      image,
      volumeMounts: [
        { name: 'data', mountPath: SOCKET },
        { name: 'secrets', mountPath: SECRETS },
      ],
    },
  ],
  volumes: [
    { name: 'data', emptyDir: {} },
    { name: 'secrets', secret: { secretName: secret, defaultMode: 0o440 } },
  ],
});

/** Roles that services take in a database; an administrator makes them, so that no user of one may make any. */
const rolesOf = (database: string): string[] =>
  ['writer', 'reader', 'eraser'].map((role) => `firepit_${role}_${database}`);

/** A database, and a user of its name that owns it and may do nothing else; nobody else may connect. */
export async function makeDatabase(cluster: Cluster, namespace: string, name: string, password: string): Promise<void> {
  const sql = (...statements: readonly string[]) =>
    cluster.kubectl([
      ...['exec', '-n', namespace, 'deploy/postgres', '--', join(serverFolder(), 'bin/psql')],
      ...['-h', SOCKET, '-U', 'owner', '-d', 'postgres', '-Atq', '-v', 'ON_ERROR_STOP=1'],
      ...statements.flatMap((statement) => ['-c', statement]),
    ]);
  await until('PostgreSQL answers', () => sql('select 1').ok);
  if (sql(`select count(*) from pg_database where datname = '${name}'`).out.trim() === '1') return;
  const role = (one: string): string =>
    `do $$ begin create role ${one} nologin; exception when duplicate_object then null; end $$`;
  const { ok, out } = sql(
    ...rolesOf(name).map(role),
    `create role ${name} login password '${password}'`,
    ...rolesOf(name).map((one) => `grant ${one} to ${name}`),
    `create database ${name} owner ${name}`,
    `revoke connect on database ${name} from public`,
  );
  if (!ok) throw new Error(`the database ${name} could not be made: ${out.trim()}`);
}
