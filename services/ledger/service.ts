import { readFileSync } from 'node:fs';
import type { Server } from 'node:https';
import type { LedgerConfig } from '../../contract';
import { type Address, type Database, openDatabase } from '../state';
import { Fork } from './files';
import { Integrator } from './integrator';
import { Log, LogError } from './log';
import { NoteError, signerOf } from './note';
import { type Identity, logServer } from './serve';
import type { Step } from './telemetry';

/** Behind by more than this many steps the service says that it is not ready. */
const STEPS_BEHIND = 10;

export interface LedgerOptions {
  readonly config: LedgerConfig;
  readonly database: Address;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  /** Is told of every step. @default - nobody is */
  readonly stepped?: (step: Step) => void;
}

const identityOf = ({ tls }: LedgerConfig): Identity => ({
  cert: readFileSync(tls.certificate),
  key: readFileSync(tls.key),
  ca: readFileSync(tls.ca),
});

/** No waiting mends it: what was signed and what is there differ, and nothing may be signed on top. */
const isFinal = (error: unknown): boolean =>
  error instanceof LogError || error instanceof Fork || error instanceof NoteError;

/**
 * The ledger as a process: takes durable entries into the signed log step by step, and serves the log. While the
 * database is away it waits; when log and database say different things it signs nothing more, and says so.
 */
export class LedgerService {
  private database: Database | undefined;
  private integrator: Integrator | undefined;
  private signedAt: number;
  private problem: string | undefined = 'nothing was signed yet';
  private final = false;
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> = Promise.resolve();
  private log: Log | undefined;

  private constructor(
    private readonly options: LedgerOptions,
    private readonly server: Server,
    private identity: Identity,
    private readonly clock: () => number,
  ) {
    this.signedAt = clock();
  }

  /** @throws when the port, the certificate or the folder cannot be used */
  static async start(options: LedgerOptions): Promise<LedgerService> {
    const { config, clock = Date.now } = options;
    const identity = identityOf(config);
    const server = logServer(config.directory, config.readers, identity);
    const service = new LedgerService(options, server, identity, clock);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(config.listen.back, resolve);
    });
    service.next(0);
    return service;
  }

  /** Why it does not sign; undefined while it does. */
  get unready(): string | undefined {
    if (this.problem !== undefined) return this.problem;
    const seconds = this.checkpointAge;
    return seconds > STEPS_BEHIND * this.options.config.checkpointSeconds
      ? `the last checkpoint is ${Math.round(seconds)} s old`
      : undefined;
  }

  /** Seconds since the log was last known to hold everything that is durable. */
  get checkpointAge(): number {
    return Math.max(0, this.clock() - this.signedAt) / 1000;
  }

  /** Entries in the log. */
  get size(): number {
    return this.log?.size ?? 0;
  }

  /** Signs what is there, and ends. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.working;
    if (!this.final) await this.step();
    await this.database?.close();
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  private next(milliseconds: number): void {
    if (this.stopped || this.final) return;
    this.timer = setTimeout(() => {
      this.working = this.step().then(() => this.next(this.options.config.checkpointSeconds * 1000));
    }, milliseconds);
  }

  private async step(): Promise<void> {
    const began = this.clock();
    let signed = 0;
    let failure: string | undefined;
    try {
      this.renewed();
      this.integrator ??= await this.open();
      signed = await this.integrator.step();
      this.signedAt = this.clock();
      this.problem = undefined;
    } catch (error) {
      this.problem = (error as Error).message;
      this.final = isFinal(error);
      failure = (error as Error).name;
      // Opened anew: what is on the disk and in the database decides what is signed next.
      this.integrator = undefined;
    }
    this.options.stepped?.({
      began,
      ended: this.clock(),
      signed,
      size: this.size,
      ...(failure === undefined ? {} : { failure }),
    });
  }

  private async open(): Promise<Integrator> {
    const { config } = this.options;
    this.database ??= await openDatabase(this.options.database, 'reader');
    this.log = Log.open(config.directory, signerOf(config.origin, readFileSync(config.signingKey)));
    return Integrator.of(this.database, this.log);
  }

  /** A certificate that was renewed on disk is used from now on. */
  private renewed(): void {
    const found = identityOf(this.options.config);
    if (found.cert.equals(this.identity.cert) && found.ca.equals(this.identity.ca)) return;
    // Half of a rotation is refused here, and looked at again in the next step.
    this.server.setSecureContext({ ...found, minVersion: 'TLSv1.3' });
    this.identity = found;
  }
}
