import { z } from 'zod';
import { file, listen, seconds, state, telemetry, tls, version } from './_common';

/** `ledger.json`: the tamper-evident log (C2SP tlog-tiles, signed checkpoints). */
export const ledgerConfig = z.strictObject({
  version,
  environment: z.string(),
  listen,
  tls,
  origin: z.string(),
  signingKey: file,
  directory: z.string(),
  checkpointSeconds: seconds,
  /** Certificate names that may append and read. */
  writers: z.array(z.string()),
  readers: z.array(z.string()),
  state,
  telemetry,
});
export type LedgerConfig = z.infer<typeof ledgerConfig>;
