import type { Server } from 'node:http';
import { hostname } from 'node:os';
import type { GovernorConfig } from '../../../contract/governor';
import { healthServer } from '../../common/health';
import { metricsServer } from '../../common/metrics';
import { EntryConflict } from '../../state';
import type { Configuration } from '../configuration';
import { Governor, type Parts } from '../decide';
import { AgentIdentity } from '../identify/agent';
import { fetchJson, remoteKeys } from '../identify/keys';
import { Runs } from '../identify/runs';
import { TokenReview } from '../identify/token-review';
import { UserIdentity } from '../identify/user';
import { Inspector } from '../inspect';
import { Manifests } from '../manifest';
import { openStore, type Store } from '../store';
import { TracedRecorder } from '../telemetry/recorder';
import { Telemetry } from '../telemetry/telemetry';
import { FollowingRecorder } from './following';
import type { Log } from './log';
import { Metrics } from './metrics';
import { ObservedGuard, ObservedRecorder } from './observed';
import { Readiness } from './readiness';
import { GovernorServer } from './server';
import { Shares } from './shares';

/** How often is looked whether the store and the keys are there. */
const LOOK_MILLISECONDS = 5_000;
/** Keys that were had are good for this long; see the cache of `identify/keys.ts`. */
const KEYS_MILLISECONDS = 10 * 60_000;

export interface ServiceOptions {
  readonly configuration: Configuration;
  readonly log: Log;
  /** @default - the store that the configuration names */
  readonly open?: () => Promise<Store>;
  /** Who calls, for tests without a cluster. @default - by the keys that the configuration names */
  readonly identities?: Pick<Parts, 'agents' | 'users'>;
  /** Where decisions are asked for. @default - every address, at the configured port */
  readonly address?: string;
}

const reviewOf = ({ token }: GovernorConfig): TokenReview | undefined =>
  token.review === undefined ? undefined : new TokenReview({ ...token, ...token.review });
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The governor as a process: opens what it leans on, serves while that is there, and says why it is not ready. */
export class GovernorService {
  /** Where it is asked for decisions; 0 until the store was opened. */
  port = 0;
  private readonly metrics = new Metrics();
  private readonly readiness: Readiness;
  private readonly pages: Server[] = [];
  private store: Store | undefined;
  private server: GovernorServer | undefined;
  private recorder: FollowingRecorder | undefined;
  private timer: NodeJS.Timeout | undefined;
  private keysAt = Number.NEGATIVE_INFINITY;
  private stopped = false;
  private readonly telemetry: Telemetry;

  constructor(private readonly options: ServiceOptions) {
    const { configuration, log } = options;
    this.readiness = new Readiness(log, ['store', 'keys', 'server']);
    const { spans } = this.metrics;
    this.telemetry = new Telemetry({ config: configuration.config, instance: hostname(), spans, log });
  }

  get unready(): string | undefined {
    return this.readiness.unready;
  }

  /** Resolves once it answers probes; ready comes when everything is there. */
  async start(): Promise<void> {
    const { listen } = this.options.configuration.config;
    this.pages.push(await healthServer(listen.health, () => this.unready));
    this.pages.push(await metricsServer(listen.metrics, this.metrics.registry));
    await this.look();
  }

  /** Ends: nothing new is taken, what is under way ends first. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    this.readiness.set('server', 'the governor ends');
    await this.server?.drain();
    await this.recorder?.idle();
    await this.telemetry.stop();
    await this.store?.close();
    for (const page of this.pages) page.close();
  }

  private async look(): Promise<void> {
    await Promise.all([this.lookForStore(), this.lookForKeys()]);
    if (!this.stopped) this.timer = setTimeout(() => void this.look(), LOOK_MILLISECONDS);
  }

  private async lookForStore(): Promise<void> {
    try {
      this.store ??= await this.openStore();
      await this.store.ready();
      this.readiness.set('store', undefined);
    } catch (error) {
      this.readiness.set('store', reasonOf(error));
      return;
    }
    try {
      this.server ??= await this.serve(this.store);
      if (!this.stopped) this.readiness.set('server', undefined);
    } catch (error) {
      this.readiness.set('server', reasonOf(error));
    }
  }

  private openStore(): Promise<Store> {
    const { configuration, log, open } = this.options;
    if (open !== undefined) return open();
    const problem = (error: Error): void => {
      if (error instanceof EntryConflict) this.metrics.recordConflicts.inc();
      log.line('error', 'store', { reason: error.message });
    };
    const { spool } = configuration.config.state;
    return openStore(configuration.config, {
      replica: hostname(),
      problem,
      ...(spool === undefined ? {} : { spool }),
    });
  }

  /** Verified tokens need the API server's keys; those that were had lately do for a while. */
  private async lookForKeys(): Promise<void> {
    if (this.options.identities !== undefined) return this.readiness.set('keys', undefined);
    const { token } = this.options.configuration.config;
    const now = performance.now();
    if (now - this.keysAt < KEYS_MILLISECONDS / 2) return;
    try {
      await fetchJson(token.jwks, token);
      this.keysAt = now;
      this.readiness.set('keys', undefined);
    } catch (error) {
      if (now - this.keysAt > KEYS_MILLISECONDS) this.readiness.set('keys', `${token.jwks}: ${reasonOf(error)}`);
    }
  }

  private async serve(store: Store): Promise<GovernorServer> {
    const { configuration, log, address } = this.options;
    const { config } = configuration;
    const clock = Date.now;
    const guard = new ObservedGuard(config.guard, this.metrics);
    const { content } = this.telemetry;
    const traced = new TracedRecorder(store.recorder, this.telemetry);
    const recorder = new FollowingRecorder(new ObservedRecorder(traced, config, this.metrics, log), ({ decision }) => {
      this.metrics.lostOutcomes.inc();
      log.line('error', 'outcome lost', { decision });
    });
    this.recorder = recorder;
    const runs = new Runs(store.runs, config.runs.lifetimeSeconds * 1000);
    const { agents, users } = this.options.identities ?? {
      agents: new AgentIdentity(config, remoteKeys(config.token.jwks, config.token), reviewOf(config)),
      users: new UserIdentity(config.users),
    };
    const manifests = new Manifests(config.tools, store.manifests, (operation) => {
      this.metrics.toolChanges.inc({ operation });
      log.line('warn', 'tool changed', { operation });
    });
    // A rate needs to know what it was before: a counter that begins at one says nothing.
    for (const [tool, { protocol, operations }] of Object.entries(config.tools))
      if (protocol === 'mcp')
        for (const name of Object.keys(operations)) this.metrics.toolChanges.inc({ operation: `${tool}.${name}` }, 0);
    const governor = new Governor(configuration, {
      agents,
      users,
      runs,
      history: store.history,
      recorder,
      clock,
      guard,
      manifests,
      turned: store.runs,
    });
    const inspector = new Inspector(config, guard, recorder, clock, content, manifests);
    const shares = new Shares(config);
    const parts = { config, governor, shares, inspector, guard, recorder, clock, runs: store.runs, content };
    const server = new GovernorServer(config, parts, log);
    this.port = await server.listen(address ?? `[::]:${config.listen.decide}`);
    return server;
  }
}
