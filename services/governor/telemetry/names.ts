/**
 * Attributes of spans. Names without `firepit` are those of the semantic conventions 1.41.0:
 * https://github.com/open-telemetry/semantic-conventions/tree/v1.41.0/docs/gen-ai
 */
export const NAMES = {
  agent: 'gen_ai.agent.name',
  /** The run, by the id that records have; nobody can make a handle of it. */
  conversation: 'gen_ai.conversation.id',
  errorType: 'error.type',
  finishReasons: 'gen_ai.response.finish_reasons',
  httpStatus: 'http.response.status_code',
  inputMessages: 'gen_ai.input.messages',
  inputTokens: 'gen_ai.usage.input_tokens',
  mcpMethod: 'mcp.method.name',
  operation: 'gen_ai.operation.name',
  outputMessages: 'gen_ai.output.messages',
  outputTokens: 'gen_ai.usage.output_tokens',
  provider: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  responseModel: 'gen_ai.response.model',
  tool: 'gen_ai.tool.name',
  toolArguments: 'gen_ai.tool.call.arguments',
  toolResult: 'gen_ai.tool.call.result',

  /** Id of the decision, by which `firepit audit show` finds the record. */
  decision: 'firepit.decision.id',
  /** `allow`, `deny` or `needs_approval`. */
  effect: 'firepit.decision.effect',
  /** Why not, by its stable name: of the decision, or of an answer that was withheld. */
  code: 'firepit.decision.code',
  /** Policies and rules that made it so. */
  because: 'firepit.decision.because',
  /** What was true of the sequence. */
  facts: 'firepit.decision.facts',
  /** What the guard found. */
  guard: 'firepit.decision.guard',
  microseconds: 'firepit.decision.duration_us',
  policyDigest: 'firepit.policy.digest',
  door: 'firepit.door',
  /** In the words of the declaration: `tickets.search`, `infer:claude/claude-sonnet-4-5`, `ask:triage`. */
  call: 'firepit.call',
  callEffect: 'firepit.call.effect',
  callReach: 'firepit.call.reach',
} as const;

/** Stands for what a stranger named and nobody declared. */
export const OTHER = '_OTHER';
