import type { Cases, Draft } from '../../support/bar';

const IVP = 'ImageValidatingPolicy';
const OTHER =
  'registry.example.com/agents/other@sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef';
const spec = (d: Draft, name: string) => d.get(IVP, name).spec;

/** Rules about images and models. */
export const supplyChain: Cases = {
  'images-are-pinned': {
    noncompliance: {
      'a tag': (d) => {
        d.pod('triage').containers[0].image = 'registry.example.com/agents/triage:1.4';
      },
      'a placeholder': (d) => {
        d.pod('triage').containers[0].image = `registry.example.com/agents/triage@sha256:${'0'.repeat(64)}`;
      },
      'an init container': (d) =>
        d.pod('warden').initContainers === undefined &&
        Object.assign(d.pod('warden'), { initContainers: [{ name: 'x', image: 'x:1' }] }),
      'an ephemeral container': (d) =>
        Object.assign(d.pod('warden'), { ephemeralContainers: [{ name: 'x', image: 'x:1' }] }),
      'an image volume': (d) =>
        d.pod('triage').volumes.push({ name: 'm', image: { reference: 'registry.example.com/models/m:1' } }),
      'no image': (d) => {
        delete d.pod('triage').containers[0].image;
      },
      'a kind that nobody knows': (d) =>
        d.add({
          apiVersion: 'example.com/v1',
          kind: 'Fleet',
          metadata: { name: 'x', namespace: d.agents },
          spec: { members: [{ template: { spec: { containers: [{ image: 'x' }] } } }] },
        }),
    },
    compliance: {
      'a tag beside the digest': (d) => {
        d.pod('triage').containers[0].image = OTHER.replace('@', ':1.4@');
      },
    },
  },
  'agent-images-are-verified': {
    noncompliance: {
      'no policy': (d) => d.remove(IVP, 'images'),
      'a second policy, which Kyverno never gets to': (d) => {
        const second = structuredClone(d.get(IVP, 'images'));
        second.metadata.name += '-2';
        d.add(second);
      },
      'sidecars forgotten': (d) => spec(d, 'images').validations.pop(),
      'an audit': (d) => Object.assign(spec(d, 'images'), { validationActions: ['Audit'] }),
      'a signer by pattern': (d) => {
        spec(d, 'images').attestors[0].cosign.keyless.identities = [{ issuerRegExp: '.*', subjectRegExp: '.*' }];
      },
      'another signer': (d) => {
        spec(d, 'images').attestors[0].cosign.keyless.identities[0].subject = 'https://github.com/mallory/x';
      },
      'without the log': (d) => {
        spec(d, 'images').attestors[0].cosign.ctlog.insecureIgnoreTlog = true;
      },
      'volumes forgotten': (d) => {
        spec(d, 'images').images = [];
        for (const v of spec(d, 'images').validations)
          v.expression = v.expression.replace(' + images.modelVolumes', '');
      },
      'init containers forgotten': (d) => {
        for (const v of spec(d, 'images').validations)
          v.expression = v.expression.replace('images.initContainers + ', '');
      },
      'another namespace': (d) => {
        spec(d, 'images').matchConstraints.namespaceSelector = {
          matchLabels: { 'kubernetes.io/metadata.name': 'x' },
        };
      },
      'a registry without TLS': (d) =>
        Object.assign(spec(d, 'images'), { credentials: { allowInsecureRegistry: true } }),
    },
    compliance: {
      'an annotation': (d) => Object.assign(d.get(IVP, 'images').metadata.annotations, { note: 'x' }),
    },
  },
  'signature-check-is-guarded': {
    noncompliance: {
      'no guard': (d) => d.remove('ValidatingAdmissionPolicyBinding', 'signature-check'),
      'a guard that looks at names': (d) => {
        d.get('ValidatingAdmissionPolicy', 'signature-check').spec.validations = [
          { expression: "params.webhooks.exists(w, w.name.startsWith('ivpol'))" },
        ];
      },
      'a guard that forgives': (d) => {
        d.get('ValidatingAdmissionPolicyBinding', 'signature-check').spec.paramRef.parameterNotFoundAction = 'Allow';
      },
      'no guard of a policy': (d) => d.remove('ValidatingAdmissionPolicyBinding', 'signed-images'),
      'a guard of presence alone': (d) => {
        d.get('ValidatingAdmissionPolicy', 'signed-images').spec.validations = [
          { expression: "params.metadata.name != ''" },
        ];
      },
    },
    compliance: {
      'one more demand': (d) =>
        d
          .get('ValidatingAdmissionPolicy', 'signature-check')
          .spec.validations.push({ expression: 'params.webhooks.size() > 0' }),
    },
  },
  'nobody-is-excepted': {
    noncompliance: {
      'an exception': (d) =>
        d.add({
          apiVersion: 'policies.kyverno.io/v1',
          kind: 'PolicyException',
          metadata: { name: 'x', namespace: d.agents },
          spec: {},
        }),
      'nobody refuses exceptions': (d) => d.remove('ValidatingAdmissionPolicyBinding', 'no-policy-exceptions'),
      'a policy forgotten': (d) => {
        const [v] = d.get('ValidatingAdmissionPolicy', 'no-policy-exceptions').spec.validations;
        v.expression = v.expression.replace("'support-desk-test-images'", "'x'");
      },
      'a wildcard taken for a name': (d) => {
        const [v] = d.get('ValidatingAdmissionPolicy', 'no-policy-exceptions').spec.validations;
        v.expression = "!object.spec.policyRefs.exists(p, p.name in ['support-desk-test-images', '*'])";
      },
    },
    compliance: {
      'a message': (d) =>
        Object.assign(d.get('ValidatingAdmissionPolicy', 'no-policy-exceptions').spec.validations[0], {
          message: 'no',
        }),
      'every wildcard refused': (d) =>
        Object.assign(d.get('ValidatingAdmissionPolicy', 'no-policy-exceptions').spec.validations[0], {
          expression: "!object.spec.policyRefs.exists(p, p.name == 'support-desk-test-images' || p.name.contains('*'))",
        }),
    },
  },
  'models-are-one-list': {
    noncompliance: {
      'one name more at admission': (d) => d.json('models', 'models.json', (m) => m.wire.claude.push('claude-opus-9')),
      'one name more at the governor': (d) =>
        d.json('governor', 'governor.json', (g) => g.models.claude.names.push('claude-opus-9')),
      'an artefact nobody declared': (d) => d.json('models', 'models.json', (m) => m.artifacts.push(OTHER)),
      'admission reads another list': (d) => Object.assign(d.get('ConfigMap', 'models').data, { artifacts: OTHER }),
      'nobody asks the list': (d) => {
        d.remove('ValidatingAdmissionPolicyBinding', 'models');
        d.remove('ValidatingAdmissionPolicyBinding', 'agent-pods');
      },
      'two lists': (d) => {
        const copy = structuredClone(d.get('ConfigMap', 'models'));
        copy.metadata.name = 'models-2';
        d.add(copy);
      },
    },
    compliance: { 'other white space': (d) => d.json('models', 'models.json', () => undefined) },
  },
  'example-images-are-marked': {
    noncompliance: {
      'a workload that does not say so': (d) => {
        delete d.get('Deployment', 'gateway').metadata.annotations['firepit.dev/example-images'];
      },
    },
    compliance: {
      'another annotation': (d) => Object.assign(d.get('Deployment', 'gateway').metadata.annotations, { note: 'x' }),
    },
  },
};
