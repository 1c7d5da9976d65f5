import type { GovernorConfig } from '../../../../contract';
import type { Decision, Outcome } from '../../../../services/governor/record';

const zone = { mode: 'enforce', secrets: 'redact', normalise: true, maxDecodeDepth: 4 } as const;

/** What telemetry reads of a configuration. */
export const config: Pick<GovernorConfig, 'agents' | 'guard' | 'models' | 'telemetry' | 'tools'> = {
  agents: {
    triage: {
      serviceAccount: 'system:serviceaccount:desk:triage',
      certificateName: 'triage.desk.svc',
      models: ['claude'],
      operations: ['tickets.search'],
      mayAsk: [],
      needsApproval: [],
      sequence: [],
    },
  },
  models: { claude: { protocol: 'anthropic', names: ['claude-sonnet-4-5'] } },
  tools: {
    tickets: {
      protocol: 'mcp',
      operations: { search: { effect: 'read', reach: 'internal', returns: ['untrusted'], arguments: 'any' } },
    },
  },
  guard: { user: zone, model: zone, toolResult: zone },
  telemetry: { endpoint: { host: 'localhost', port: 9 }, service: 'firepit-governor', environment: 'desk' },
};

export const RUN = `run-${'0123456789abcdef'.repeat(2)}`;

/** A search of triage that was let through, unless it says otherwise. */
export const decision = (change: Partial<Decision> = {}): Decision => ({
  id: 'd-1',
  at: 1_000,
  door: 'back',
  agent: 'triage',
  user: { issuer: 'https://login.example.com', subject: 'ada' },
  run: RUN,
  protocol: 'mcp',
  method: 'POST',
  path: '/tools/tickets/mcp',
  upstream: 'tickets',
  action: 'tickets.search',
  argumentsDigest: undefined,
  bodyDigest: 'sha256:1',
  operation: { effect: 'read', reach: 'internal' },
  model: undefined,
  effect: 'allow',
  code: undefined,
  reason: 'because',
  because: ['triage.call.search'],
  facts: ['explained'],
  guard: [],
  trace: undefined,
  callerSpan: undefined,
  wide: false,
  microseconds: 2_000,
  policyDigest: 'sha256:2',
  claim: undefined,
  event: undefined,
  head: undefined,
  proposal: undefined,
  approval: undefined,
  toolManifest: undefined,
  ...change,
});

/** What came of it. */
export const outcome = (change: Partial<Outcome> = {}): Outcome => ({
  decision: 'd-1',
  agent: 'triage',
  user: undefined,
  run: RUN,
  event: undefined,
  at: 1_250,
  phase: 'response',
  status: 200,
  bodyDigest: undefined,
  claims: [],
  withheld: false,
  code: undefined,
  reason: 'the answer passed',
  guard: [],
  ...change,
});
