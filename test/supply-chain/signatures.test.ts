import { Signer, SupplyChain } from '../../lib';
import { changed, desk } from '../support/desk';
import { kind, objectsOf, only } from '../support/environment';

const objects = objectsOf(desk());
const policies = kind(objects, 'ImageValidatingPolicy');

describe('signature policies', () => {
  test('one, without scope: Kyverno 1.19 never answers a request that two of them judge', () => {
    expect(policies.map((p) => p.metadata.name)).toEqual(['support-desk-test-images']);
    const [{ spec }] = policies;
    expect(spec.matchImageReferences).toBeUndefined();
    expect(spec.attestors.map((a: { name: string }) => a.name)).toEqual(['agents', 'product']);
    const said = spec.validations.map((v: { expression: string }) => v.expression);
    expect(said[0]).toContain(
      "['registry.example.com/agents/triage@sha256:', 'registry.example.com/firepit/envoy@sha256:']",
    );
    expect(said[1]).toContain('[attestors.agents]');
    expect(said[2]).toContain('[attestors.product]');
  });

  test('it denies, fails closed, looks at model volumes, and is asked when pods are created alone', () => {
    for (const { spec } of policies) {
      expect(spec.failurePolicy).toBe('Fail');
      expect(spec.validationActions).toEqual(['Deny']);
      expect(spec.validationConfigurations).toEqual({ mutateDigest: false, verifyDigest: true, required: true });
      expect(spec.images[0].expression).toContain('v.image.reference');
      expect(spec.matchConstraints.resourceRules).toEqual([
        { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
      ]);
      expect(spec.autogen).toEqual({ podControllers: { controllers: [] } });
    }
  });

  test('the signer is the one declared: keyless with its log, or a key without', () => {
    const { attestors } = only(objects, 'ImageValidatingPolicy', 'support-desk-test-images').spec;
    expect(attestors[0].cosign.keyless.identities).toEqual([
      {
        issuer: 'https://token.actions.githubusercontent.com',
        subject: 'https://github.com/example/agents/.github/workflows/release.yaml@refs/heads/main',
      },
    ]);
    expect(attestors[0].cosign.ctlog.insecureIgnoreTlog).toBeUndefined();
    const pem = '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n';
    const keyed = objectsOf(changed((d) => (d.supplyChain = SupplyChain.signedBy(Signer.key(pem)))));
    expect(only(keyed, 'ImageValidatingPolicy', 'support-desk-test-images').spec.attestors[0].cosign).toEqual({
      key: { data: pem },
      ctlog: { insecureIgnoreTlog: true, insecureIgnoreSCT: true },
    });
    expect(JSON.stringify(only(keyed, 'ValidatingAdmissionPolicy', 'support-desk-test-signed-images').spec)).toContain(
      'BEGIN PUBLIC KEY',
    );
  });

  test('the API server refuses while the check is away: parameters not found deny', () => {
    for (const name of ['signature-check', 'signed-images']) {
      const binding = only(objects, 'ValidatingAdmissionPolicyBinding', `support-desk-test-${name}`).spec;
      expect(binding.validationActions).toEqual(['Deny']);
      expect(binding.paramRef.parameterNotFoundAction).toBe('Deny');
      const policy = only(objects, 'ValidatingAdmissionPolicy', `support-desk-test-${name}`).spec;
      expect(policy.failurePolicy).toBe('Fail');
      expect(policy.matchConstraints.resourceRules[0].operations).toEqual(['CREATE']);
    }
    expect(
      only(objects, 'ValidatingAdmissionPolicyBinding', 'support-desk-test-signature-check').spec.paramRef.name,
    ).toBe('kyverno-resource-validating-webhook-cfg');
  });
});

describe('models', () => {
  test('admission and the governor hold one list', () => {
    const { data } = only(objects, 'ConfigMap', 'models');
    const list = JSON.parse(data['models.json']);
    const governor = JSON.parse(
      kind(objects, 'ConfigMap').find((o) => o.data?.['governor.json'] !== undefined)?.data['governor.json'],
    );
    expect(list.wire).toEqual({ claude: ['claude-sonnet-4-5'] });
    expect(governor.models.claude.names).toEqual(list.wire.claude);
    expect(data.artifacts).toBe('');
  });
});
