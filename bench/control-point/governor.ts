import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { GovernorConfig } from '../../contract';
import type { IdentityProvider } from '../../dev/identity';
import { freePorts, get, until } from '../../dev/loopback';
import type { Leaf } from '../../dev/pki';
import type { Context } from '../../lib/context';
import { governorConfigOf } from '../../lib/governor';
import { cedarPolicy } from '../../lib/identity/cedar';
import { imageNode } from './image-node';
import { Child, CORE } from './processes';

const CONFIG = '/etc/firepit/config';
const USERS_CA = '/etc/firepit/users/ca.crt';
const STATE_CA = '/etc/firepit/state/ca.crt';
/** Flags of Node that the image starts a service with. */
function imageFlags(): string[] {
  const file = join(__dirname, '../../Containerfile');
  const [, entry] = /^ENTRYPOINT (\[.*\])$/m.exec(readFileSync(file, 'utf8')) ?? [];
  if (entry === undefined) throw new Error(`${file}: found no ENTRYPOINT; expected: how services are started`);
  return (JSON.parse(entry) as string[]).filter((part) => part.startsWith('--'));
}

export interface GovernorProps {
  /** Where its files go. */
  readonly root: string;
  /** Compiled program and what it is given besides its configuration. */
  readonly program: string;
  readonly args?: readonly string[];
  /** Folder for a profile of its processor time, written when it ends. @default - none */
  readonly profile?: string;
  readonly context: Context;
  readonly identity: Leaf;
  readonly provider: IdentityProvider;
  readonly database: { readonly port: number; readonly ca: string };
}

export interface RunningGovernor {
  readonly process: Child;
  readonly port: number;
  readonly config: GovernorConfig;
}

/** The configuration that lib writes, moved onto this machine: ports, issuers and the database. */
async function written({ root, context, identity, provider, database }: GovernorProps): Promise<GovernorConfig> {
  const generated = governorConfigOf(context);
  const [decide, health, metrics] = (await freePorts(3)) as [number, number, number];
  const config: GovernorConfig = {
    ...generated,
    listen: { decide, health, metrics },
    token: { ...generated.token, jwks: provider.accountKeys },
    users: { ...generated.users, issuer: provider.issuer, ca: USERS_CA },
    // By its certificate, as the bundled database does: no password.
    state: {
      host: '127.0.0.1',
      port: database.port,
      database: 'postgres',
      user: 'owner',
      ca: STATE_CA,
      require: generated.state.require,
    },
  };
  const { schema, policies } = cedarPolicy(context);
  const files: Record<string, string> = {
    [`${CONFIG}/governor.json`]: JSON.stringify(config),
    [config.policies.schema]: schema,
    [config.policies.policies]: policies,
    [USERS_CA]: identity.ca,
    [STATE_CA]: database.ca,
    [config.token.ca]: identity.ca,
    [config.token.credential]: 'of-the-stand-in',
    [config.tls.certificate]: identity.cert,
    [config.tls.key]: identity.key,
    [config.tls.ca]: identity.ca,
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return config;
}

/** A governor in a process of its own, ready. @throws Error with its log when it does not get ready */
export async function startGovernor(props: GovernorProps): Promise<RunningGovernor> {
  const { root, program, args = [], profile } = props;
  const config = await written(props);
  const file = join(root, CONFIG, 'governor.json');
  const profiling = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const child = new Child(
    imageNode(),
    [...imageFlags(), ...profiling, program, '--config', file, '--root', root, ...args],
    {
      core: CORE.subject,
    },
  );
  const ready = async (): Promise<boolean> => !child.running || (await get(config.listen.health, '/ready')) === 200;
  await until('the governor is ready', ready, 60).catch((error: Error) => {
    throw new Error(`${error.message}\n${child.log}`);
  });
  if (!child.running) throw new Error(`the governor does not run: ${child.log}`);
  return { process: child, port: config.listen.decide ?? 0, config };
}
