/** How a denial of one kind is answered. */
interface Code {
  /** HTTP status. */
  readonly status: number;
  /** JSON-RPC error code: the protocol's own where it has one, else {@link DENIED}. */
  readonly rpc: number;
  /** What it means, in a sentence that never changes. */
  readonly title: string;
  /** What a developer does about it. */
  readonly fix: string;
}

/** JSON-RPC code of a refusal by policy, from the range that the specification leaves to servers. */
export const DENIED = -32090;

/** Every reason to deny, by its stable name. What tells an attacker which names exist is one code: `not-permitted`. */
export const CODES = {
  'malformed-json': {
    status: 400,
    rpc: -32700,
    title: 'the body is not JSON that everybody reads alike',
    fix: 'send UTF-8 JSON with unique keys, within the limits of size and depth',
  },
  'malformed-message': {
    status: 400,
    rpc: -32600,
    title: 'the message is not one of its protocol',
    fix: 'send what the protocol of this path prescribes',
  },
  'header-mismatch': {
    status: 400,
    rpc: -32020,
    title: 'a header and the body say different things',
    fix: 'send each header once, with the value that the body has',
  },
  'body-too-large': {
    status: 413,
    rpc: -32600,
    title: 'the body is larger than what is judged whole',
    fix: 'send less in one request',
  },
  'unsupported-encoding': {
    status: 415,
    rpc: -32600,
    title: 'the content encoding is not one that is decoded, or the content is not encoded that way',
    fix: 'send the body plain, or as gzip, deflate or br, once',
  },
  'unsupported-media-type': {
    status: 415,
    rpc: -32600,
    title: 'the media type is not one that is judged',
    fix: 'send application/json in UTF-8',
  },
  'unknown-route': {
    status: 404,
    rpc: -32601,
    title: 'nothing is declared at this method and path',
    fix: 'use the base URLs that the agent is given, and declared operations',
  },
  'undeclared-method': {
    status: 403,
    rpc: -32601,
    title: 'this method of the protocol has no place in a declaration',
    fix: 'call declared operations as tools',
  },
  'invalid-argument': {
    status: 403,
    rpc: -32602,
    title: 'an argument is not as declared',
    fix: 'send the declared arguments with declared values, and nothing else',
  },
  unidentified: {
    status: 401,
    rpc: DENIED,
    title: 'who asks could not be established',
    fix: "agents call through their sidecar; people send the identity provider's token for this environment",
  },
  'run-unknown': {
    status: 403,
    rpc: DENIED,
    title: 'the run is not one that this agent works on',
    fix: 'send the handle that came with the question, unchanged, while the run lasts',
  },
  'run-stopped': {
    status: 403,
    rpc: DENIED,
    title: 'the run was stopped',
    fix: 'nothing: whoever stopped it wants the work to end',
  },
  'run-paused': {
    status: 403,
    rpc: DENIED,
    title: 'the run is paused, and was not resumed in time',
    fix: 'try again once the run goes on',
  },
  'not-permitted': {
    status: 403,
    rpc: DENIED,
    title: 'no policy permits this, or one forbids it',
    fix: "declare the model or operation among the agent's own, and the person among those who may ask",
  },
  'sequence-violated': {
    status: 403,
    rpc: DENIED,
    title: 'a rule over the order or number of calls forbids this one now',
    fix: 'wait until the window has passed, or do this in another run',
  },
  'too-deep': {
    status: 403,
    rpc: DENIED,
    title: 'too many agents have asked one another in this run',
    fix: 'do it here, or declare a greater runs.depth',
  },
  'needs-approval': {
    status: 403,
    rpc: DENIED,
    title: 'a person must agree first, and nobody did',
    fix: 'ask again after an approval',
  },
  'too-many-calls': {
    status: 429,
    rpc: DENIED,
    title: 'the agent has more under way than one agent may',
    fix: 'try again when calls have ended; nothing was forwarded',
  },
  'tunnel-capped': {
    status: 403,
    rpc: DENIED,
    title: 'the tunnel has had what its declaration gives it',
    fix: 'fetch less in one tunnel, or declare greater caps of the opaque host',
  },
  'guard-blocked': {
    status: 403,
    rpc: DENIED,
    title: 'the content holds something that must not pass',
    fix: 'leave out credentials and hidden text',
  },
  'tool-changed': {
    status: 403,
    rpc: DENIED,
    title: 'the tool is not, or not yet, known to be the one that was pinned',
    fix: "compare what the server shows with the declaration; firepit audit tail has both digests, and a new one is declared as the operation's manifest",
  },
  'malformed-answer': {
    status: 502,
    rpc: DENIED,
    title: 'the answer of the upstream is not one of its protocol',
    fix: 'the upstream must answer as its protocol prescribes',
  },
  unavailable: {
    status: 503,
    rpc: DENIED,
    title: 'no decision could be made or recorded',
    fix: 'try again; nothing was forwarded',
  },
} as const satisfies Readonly<Record<string, Code>>;

export type DenialCode = keyof typeof CODES;
