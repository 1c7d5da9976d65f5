import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FOUNDATION_RULES, LAYERS, RULES, THREATS } from '../../lib/minimum-bar';

const ids = RULES.map((r) => r.id);
const all = [...ids, ...FOUNDATION_RULES.map((r) => r.id)];

describe('the table of threats', () => {
  test('every rule stands against a threat', () => {
    const used = new Set(THREATS.flatMap((t) => t.rules));
    expect(all.filter((id) => !used.has(id))).toEqual([]);
  });

  test('every threat names rules that exist', () => {
    expect(THREATS.flatMap((t) => t.rules).filter((id) => !all.includes(id))).toEqual([]);
  });

  test('every threat in scope has a rule or a refusal, and every other one a reason', () => {
    const open = THREATS.filter((t) =>
      t.outOfScope === undefined ? t.rules.length === 0 && t.refusal === undefined : t.outOfScope.length < 20,
    );
    expect(open.map((t) => t.id)).toEqual([]);
  });

  test('ids are unique and never change', () => {
    const known = THREATS.map((t) => t.id);
    expect(new Set(known).size).toBe(known.length);
    expect(known).toMatchInlineSnapshot(`
[
  "moved-tag",
  "unsigned-image",
  "unsigned-model",
  "model-swapped",
  "model-past-the-gateway",
  "signer-weakened",
  "model-on-the-wire",
  "signature-check-down",
  "policy-exception",
  "image-swapped-on-update",
  "control-plane-image",
  "control-plane-restarted-otherwise",
  "same-image-other-program",
  "advisory-control-point",
  "additive-policy",
  "borrowed-labels",
  "metadata-address",
  "dns-exfiltration",
  "false-gateway-address",
  "api-server-from-a-pod",
  "escape-to-the-node",
  "pod-security-lowered",
  "undeclared-workload",
  "agent-without-end",
  "noisy-neighbour",
  "probe-as-request",
  "undeclared-behaviour",
  "quarantine-that-leaks",
  "kill-that-does-not-stick",
  "kill-switch-disarmed",
  "slow-death",
  "admission-switched-off",
  "made-before-admission",
  "cluster-administrator",
  "kernel-escape",
  "policy-not-enforced",
  "credential-in-the-agent",
  "stolen-sidecar-identity",
  "stolen-port",
  "ambient-credential",
  "borrowed-account",
  "widened-rights",
  "forged-certificate",
  "door-without-certificate",
  "unverified-upstream",
  "credential-to-the-wrong-host",
  "credential-spread",
  "changed-controls",
  "exec-into-a-pod",
  "side-door",
  "authorization-by-default",
  "work-split-over-agents",
  "name-of-another-provider",
  "configuration-in-place",
  "log-that-forgets",
  "silent-failure",
  "reach-into-others",
  "risk-without-a-person",
  "timeout-that-allows",
  "own-approval",
  "gate-that-never-opens",
  "harmless-one-by-one",
  "fails-open",
  "undeclared-upstream",
  "tunnel-to-anywhere",
  "rebinding",
  "prompt-injection",
  "secret-in-a-prompt",
  "model-misbehaves-within-its-rights",
  "labels-outside",
  "detector-taken-over",
  "detector-blinded",
  "detector-kept-away",
  "shared-with-others",
]
`);
  });
});

describe('the rules', () => {
  test('ids are unique and never change', () => {
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toMatchInlineSnapshot(`
[
  "agent-images-are-verified",
  "containers-start-as-declared",
  "control-pods-are-exact",
  "example-images-are-marked",
  "images-are-pinned",
  "model-pods-are-exact",
  "models-are-one-list",
  "nobody-is-excepted",
  "pods-stay-unchanged",
  "signature-check-is-guarded",
  "admission-fails-closed",
  "agent-pods-are-declared",
  "agents-have-one-neighbour",
  "agents-stop-quickly",
  "agents-wait-for-admission",
  "api-server-is-closed",
  "behaviour-is-watched",
  "containers-are-confined",
  "containment-holds",
  "containment-record-is-the-wardens",
  "containment-waits-for-nothing",
  "deny-by-default",
  "foundation-is-asked",
  "models-answer-the-gateway-alone",
  "namespaces-are-restricted",
  "neighbour-is-the-gateway",
  "own-pods-are-admitted",
  "parts-reach-each-other",
  "pods-share-nothing",
  "policies-select-known-pods",
  "probes-stay-inside",
  "quarantine-is-denied-explicitly",
  "quarantine-is-sticky",
  "quarantine-isolates",
  "resources-are-limited",
  "warden-can-act",
  "warden-knows-the-agents",
  "workloads-are-declared",
  "workloads-run-as-declared",
  "accounts-are-own",
  "admin-answers-nobody",
  "agents-hold-no-credentials",
  "alarms-exist",
  "bundled-state-only-reads",
  "callers-show-certificates",
  "cluster-objects-stay-inside",
  "configuration-is-immutable",
  "controls-are-locked",
  "credentials-go-to-their-upstream",
  "credentials-stay-put",
  "entries-are-declared",
  "exposure-is-declared",
  "governor-knows-the-declaration",
  "identities-are-the-wardens",
  "keys-stay-in-control",
  "ledger-is-kept",
  "nobody-enters-pods",
  "objects-stay-home",
  "policies-permit-the-declared",
  "ports-cannot-be-stolen",
  "renewals-are-noticed",
  "rights-are-few",
  "secrets-stay-out",
  "services-stay-inside",
  "sidecars-carry-identity",
  "upstreams-are-verified",
  "warden-only-suspends",
  "risky-operations-wait",
  "silence-means-no",
  "somebody-can-approve",
  "addresses-are-checked-again",
  "agents-know-one-name",
  "data-plane-is-as-declared",
  "exits-are-declared",
  "guard-enforces",
  "requests-wait-for-decisions",
  "upstreams-are-declared",
]
`);
  });

  test('one rule, one file, one id', () => {
    const files = readdirSync(join(__dirname, '../../lib/minimum-bar/rules'))
      .filter((file) => file !== 'index.ts' && !file.startsWith('_'))
      .map((file) => file.replace(/\.ts$/, ''));
    expect(files.sort()).toEqual([...ids].sort());
  });

  test.each(RULES.map((r) => [r.id, r] as const))(
    '%s says what is wrong, why it matters and how to fix it',
    (_id, rule) => {
      expect(rule.info).toMatch(/^[A-Z].{20,}\.$/);
      expect(rule.explanation.length).toBeGreaterThan(30);
      expect(rule.fix.length).toBeGreaterThan(20);
      expect(Object.keys(LAYERS)).toContain(rule.layer);
    },
  );
});
