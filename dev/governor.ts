import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { GovernorConfig, LedgerConfig } from '../contract';
import { ledgerConfig } from '../contract';
import { FirepitError } from '../lib/errors';
import { configurationOf } from '../services/common/configuration';
import { readConfiguration } from '../services/governor/configuration';
import { Log } from '../services/governor/server/log';
import { GovernorService } from '../services/governor/server/service';
import { openStore } from '../services/governor/store';
import { LedgerService } from '../services/ledger/service';
import { addressOf } from '../services/state';
import { placeEmptyDatabase } from './empty-database';
import type { Generated } from './generated';
import type { IdentityProvider } from './identity';
import { freePorts, until } from './loopback';
import type { Leaf } from './pki';
import type { StateFolder } from './state';

const CONFIG = '/etc/firepit/config';
const USERS_CA = '/etc/firepit/users/ca.crt';

const write = (root: string, path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
const writeTls = (root: string, tls: GovernorConfig['tls'], { cert, key, ca }: Leaf): void => {
  write(root, tls.certificate, cert);
  write(root, tls.key, key);
  write(root, tls.ca, ca);
};

interface Service {
  readonly unready: string | undefined;
  stop(): Promise<void>;
}

/** Resolves when a service does its work. @throws FirepitError `output` with its reason when it does not in time */
async function working(name: string, service: Service, { path }: StateFolder): Promise<void> {
  const late = await until(name, () => service.unready === undefined).then(
    () => false,
    () => true,
  );
  if (!late) return;
  const reason = service.unready;
  await service.stop();
  throw new FirepitError(
    'output',
    `the ${name} cannot work with ${path}: ${reason}\n  fix: --state names a folder of the same environment, or a new one`,
  );
}

interface Props {
  readonly root: string;
  readonly generated: Generated;
  readonly identity: Leaf;
  readonly state: StateFolder;
}

/** The governor in this process, on its generated configuration: ports, issuers and the database are of this machine. */
export async function startGovernor(
  { root, generated, identity, state }: Props,
  provider: IdentityProvider,
): Promise<GovernorService> {
  const { 'governor.json': text = '' } = generated.governor;
  const generatedConfig = JSON.parse(text) as GovernorConfig;
  const [decide, health, metrics] = (await freePorts(3)) as [number, number, number];
  const config: GovernorConfig = {
    ...generatedConfig,
    listen: { decide, health, metrics },
    token: { ...generatedConfig.token, jwks: provider.accountKeys },
    // One provider stands in for all, whose people are named as the declaration names them.
    users: { ...generatedConfig.users, name: undefined, others: undefined, issuer: provider.issuer, ca: USERS_CA },
    // Nothing leaves this machine; where no collector listens, spans are dropped at once.
    telemetry: { ...generatedConfig.telemetry, endpoint: { host: 'localhost', port: 4317 } },
  };
  for (const file of [config.policies.schema, config.policies.policies])
    write(root, file, generated.policies[basename(file)] ?? '');
  write(root, `${CONFIG}/governor.json`, JSON.stringify(config));
  write(root, USERS_CA, identity.ca);
  write(root, config.token.ca, identity.ca);
  write(root, config.token.credential, 'of-the-stand-in');
  writeTls(root, config.tls, identity);
  const log = new Log(Date.now, (line) => appendFileSync(join(state.path, 'governor.log'), line));
  const problem = (error: Error): void => log.line('error', 'store', { reason: error.message });
  const configuration = readConfiguration(join(root, CONFIG, 'governor.json'), root);
  await placeEmptyDatabase(state.database);
  const service = new GovernorService({
    configuration,
    log,
    open: () => openStore(configuration.config, { replica: 'dev', address: `pglite:${state.database}`, problem }),
    address: `127.0.0.1:${decide}`,
  });
  await service.start();
  await working('governor', service, state);
  return service;
}

/** The ledger in this process, over the same database. */
export async function startLedger({ root, generated, identity, state }: Props): Promise<LedgerService> {
  const [back, health, metrics] = (await freePorts(3)) as [number, number, number];
  const { 'ledger.json': text = '' } = generated.ledger;
  const config: LedgerConfig = { ...(JSON.parse(text) as LedgerConfig), listen: { back, health, metrics } };
  write(root, `${CONFIG}/ledger.json`, JSON.stringify(config));
  writeTls(root, config.tls, identity);
  const moved = configurationOf(join(root, CONFIG, 'ledger.json'), ledgerConfig, root);
  const service = await LedgerService.start({
    config: { ...moved, directory: state.log, signingKey: state.signingKey },
    database: addressOf(`pglite:${state.database}`),
  });
  await working('ledger', service, state);
  return service;
}
