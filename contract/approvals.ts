import { z } from 'zod';
import { listen, oidc, page, peer, principal, seconds, state, telemetry, tls, version } from './_common';

/** `approvals.json`: who decides, by when. There is no setting for what silence means: it means no. */
export const approvalsConfig = z.strictObject({
  version,
  environment: z.string(),
  listen,
  tls,
  /** Certificate of the page that people open. */
  page,
  host: z.string(),
  users: oidc,
  approvers: z.array(principal),
  deadlineSeconds: seconds,
  quorum: z.int().min(1),
  /** The one who asked, and the agent, never count as approvers. */
  selfApproval: z.literal(false),
  /** Certificate names that may file requests and read decisions. */
  governor: z.string(),
  warden: peer,
  state,
  telemetry,
});
export type ApprovalsConfig = z.infer<typeof approvalsConfig>;
