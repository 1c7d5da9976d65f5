/**
 * A governor in a process of its own, to be killed.
 * usage: victim.ts CONFIGURATION.json JWK.json STATE PORT
 */
import { readFileSync } from 'node:fs';
import { createLocalJWKSet } from 'jose';
import type { Configuration } from '../../../services/governor/configuration';
import { AgentIdentity } from '../../../services/governor/identify/agent';
import { UserIdentity } from '../../../services/governor/identify/user';
import { Log } from '../../../services/governor/server/log';
import { GovernorService } from '../../../services/governor/server/service';
import { openStore } from '../../../services/governor/store';

const [configurationFile = '', jwkFile = '', state = '', port = ''] = process.argv.slice(2);
const configuration = JSON.parse(readFileSync(configurationFile, 'utf8')) as Configuration;
const keys = createLocalJWKSet({ keys: [JSON.parse(readFileSync(jwkFile, 'utf8'))] });
const { config } = configuration;
const service = new GovernorService({
  configuration,
  log: new Log(),
  open: () => openStore(config, { replica: 'victim', address: state }),
  identities: { agents: new AgentIdentity(config, keys), users: new UserIdentity(config.users, async () => keys) },
  address: `127.0.0.1:${port}`,
});
void service.start();
