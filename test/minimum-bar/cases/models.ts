import type { Cases, Draft } from '../../support/bar';
import { plainContracts } from '../../support/own-models';

// biome-ignore lint/suspicious/noExplicitAny: a case writes anything into any object
type Any = any;

const on = (change: (d: Draft) => void) => ({ of: plainContracts, change });
const place = (d: Draft): string => `${d.agents}-models`;
const pod = (name: string, change: (spec: Any, d: Draft) => void) =>
  on((d) => change(d.get('Deployment', name, place(d)).spec.template.spec, d));
const opened = (spec: Any) =>
  on((d) =>
    d.add({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'more', namespace: place(d) },
      spec: { podSelector: { matchLabels: { 'firepit.dev/agent': 'model-reader' } }, ...spec },
    }),
  );
const POLICY = 'ValidatingAdmissionPolicy';
const replaced = (from: string | RegExp, to: string) =>
  on((d) => {
    const { spec } = d.get(POLICY, 'model-pods');
    const text = JSON.stringify(spec).replaceAll(from instanceof RegExp ? new RegExp(from, 'g') : from, to);
    if (text === JSON.stringify(spec)) throw new Error(`no ${from} in model-pods`);
    Object.assign(spec, JSON.parse(text));
  });
const loose = (variable: string) => replaced(`variables.${variable}.size() == 0`, 'true');

/** Rules about models of one's own. */
export const models: Cases = {
  'models-answer-the-gateway-alone': {
    noncompliance: {
      'agents that ask it': opened({
        ingress: [
          { from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'contracts-test' } } }] },
        ],
      }),
      'its own namespace': opened({ ingress: [{ from: [{ podSelector: {} }] }] }),
      'another port of the gateway': on((d) => {
        d.get('NetworkPolicy', 'model-reader').spec.ingress[0].ports[0].port = 8000;
      }),
      'a hub': opened({ policyTypes: ['Egress'], egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }] }),
      'a name server': opened({ policyTypes: ['Egress'], egress: [{ ports: [{ protocol: 'UDP', port: 53 }] }] }),
      'no policy, and none by default': on((d) => {
        d.remove('NetworkPolicy', 'model-reader');
        d.remove('NetworkPolicy', 'default-deny', place(d));
      }),
      'a gateway that cannot ask': on((d) => d.remove('NetworkPolicy', 'model-reader')),
    },
    compliance: {
      'as it is': on(() => undefined),
      'another policy that allows nothing': opened({ policyTypes: ['Ingress', 'Egress'] }),
    },
  },
  'model-pods-are-exact': {
    noncompliance: {
      'no Secret for its identity': on((d) => d.remove('Secret', 'reader-identity', place(d))),
      'another artefact': pod('reader', (spec) => {
        spec.volumes[0].image.reference = spec.volumes[0].image.reference.replace(/.$/, 'f');
      }),
      'a folder in its place': pod('reader', (spec) => {
        spec.volumes[0] = { name: 'model', emptyDir: {} };
      }),
      'a folder over a part of it': pod('reader', (spec) => {
        spec.containers[0].volumeMounts.push({ name: 'scratch-0', mountPath: '/models/adapters' });
      }),
      'a mount that may be written': pod('reader', (spec) => delete spec.containers[0].volumeMounts[0].readOnly),
      'another server': pod('reader', (spec) => {
        spec.containers[0].image = spec.containers[0].image.replace(/.$/, '0');
      }),
      'arguments that load another model': pod('reader', (spec) => spec.containers[0].args.push('--lora-modules', 'x')),
      'a variable more': pod('reader', (spec) => spec.containers[0].env.push({ name: 'HF_TOKEN', value: 'x' })),
      "its sidecar's files in the server": pod('reader', (spec) =>
        spec.containers[0].volumeMounts.push({ name: 'sidecar-identity', mountPath: '/id' }),
      ),
      'files that nobody verifies': pod('summariser', (spec) => spec.initContainers.shift()),
      'files verified after the sidecar started': pod('summariser', (spec) => spec.initContainers.reverse()),
      'files verified by another program': pod('summariser', (spec) => {
        spec.initContainers[0].command = ['/bin/true'];
      }),
      'files that may be more than was signed': pod('summariser', (spec) => {
        spec.initContainers[0].args = [...spec.initContainers[0].args.slice(0, -1), '--ignore_unsigned_files'];
      }),
      'another key': on((d) => {
        d.get('ConfigMap', 'summariser-signer').data['signer.pub'] = 'another';
      }),
      'other files verified than served': pod('summariser', (spec) => {
        spec.volumes.push({ name: 'other', image: { ...spec.volumes[0].image, reference: 'x' } });
        spec.initContainers[0].volumeMounts[0].name = 'other';
      }),
      'a verification that runs beside': pod('summariser', (spec) => {
        spec.initContainers[0].restartPolicy = 'Always';
      }),
      'something beside the server': pod('reader', (spec) =>
        spec.containers.push({ ...spec.containers[0], name: 'second' }),
      ),
      'no binding': on((d) => d.remove('ValidatingAdmissionPolicyBinding', 'model-pods')),
      'pods that may differ': loose('podDiffers'),
      'servers that may differ': loose('containerDiffers'),
      'verifications that may differ': loose('init0Differs'),
      'sidecars that may differ': loose('init1Differs'),
      'artefacts that may differ': loose('volumesDiffer'),
      'init containers of any number': replaced('variables.inits.size() == variables.part.init.size()', 'true'),
      'containers of any number': replaced('object.spec.containers.size() == 1 && ', ''),
    },
    compliance: {
      'as it is': on(() => undefined),
      'a rule more': on((d) => d.get(POLICY, 'model-pods').spec.validations.push({ expression: 'true' })),
    },
  },
};
