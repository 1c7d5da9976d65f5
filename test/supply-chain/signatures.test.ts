import { Signer, SupplyChain } from '../../lib';
import { changed, desk } from '../support/desk';
import { kind, objectsOf, only } from '../support/environment';

const objects = objectsOf(desk());
const policies = kind(objects, 'ImageValidatingPolicy');

describe('signature policies', () => {
  test('one per trust root and a catch-all without scope', () => {
    expect(policies.map((p) => p.metadata.name).sort()).toEqual(
      ['agents', 'catch-all', 'product'].map((n) => `support-desk-test-images-${n}`),
    );
    expect(only(objects, 'ImageValidatingPolicy', 'support-desk-test-images-agents').spec.matchImageReferences).toEqual(
      [{ glob: 'registry.example.com/agents/triage@*' }],
    );
    expect(
      only(objects, 'ImageValidatingPolicy', 'support-desk-test-images-catch-all').spec.matchImageReferences,
    ).toBeUndefined();
  });

  test('each denies, fails closed, looks at model volumes, and is asked when pods are created alone', () => {
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
    const { attestors } = only(objects, 'ImageValidatingPolicy', 'support-desk-test-images-agents').spec;
    expect(attestors[0].cosign.keyless.identities).toEqual([
      {
        issuer: 'https://token.actions.githubusercontent.com',
        subject: 'https://github.com/example/agents/.github/workflows/release.yaml@refs/heads/main',
      },
    ]);
    expect(attestors[0].cosign.ctlog.insecureIgnoreTlog).toBeUndefined();
    const pem = '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n';
    const keyed = objectsOf(changed((d) => (d.supplyChain = SupplyChain.signedBy(Signer.key(pem)))));
    expect(only(keyed, 'ImageValidatingPolicy', 'support-desk-test-images-agents').spec.attestors[0].cosign).toEqual({
      key: { data: pem },
      ctlog: { insecureIgnoreTlog: true, insecureIgnoreSCT: true },
    });
    expect(JSON.stringify(only(keyed, 'ValidatingAdmissionPolicy', 'support-desk-test-signed-agents').spec)).toContain(
      'BEGIN PUBLIC KEY',
    );
  });

  test('the API server refuses while the check is away: parameters not found deny', () => {
    for (const name of ['signature-check', 'signed-agents', 'signed-product', 'signed-catch-all']) {
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
