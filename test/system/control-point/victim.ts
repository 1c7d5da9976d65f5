/**
 * A governor in a process of its own, to be killed. Numbers on its standard input move its clock, by milliseconds.
 * usage: victim.ts CONFIGURATION.json JWK.json STATE PORT
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
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

const { now } = Date;
let turned = 0;
Date.now = () => now() + turned;
createInterface({ input: process.stdin }).on('line', (line) => {
  turned = Number(line);
});

const log = new Log();
const problem = (error: Error): void => log.line('error', 'store', { reason: error.message });
const service = new GovernorService({
  configuration,
  log,
  open: () => openStore(config, { replica: `victim-${port}`, address: state, clock: Date.now, problem }),
  identities: { agents: new AgentIdentity(config, keys), users: new UserIdentity(config.users, async () => keys) },
  address: `127.0.0.1:${port}`,
});
void service.start();
