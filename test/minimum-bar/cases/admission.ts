import type { Cases, Draft } from '../../support/bar';

const VAP = 'ValidatingAdmissionPolicy';
const unbound = (name: string) => (d: Draft) => d.remove(`${VAP}Binding`, name);
const replaced = (name: string, from: string | RegExp, to: string) => (d: Draft) => {
  const policy = d.get(VAP, name);
  const text = JSON.stringify(policy.spec);
  if (text.replace(from, to) === text) throw new Error(`nothing to replace in ${name}`);
  policy.spec = JSON.parse(text.replace(from, to));
};
/** Every expression of a policy says yes. */
const yes = (name: string) => (d: Draft) => {
  for (const v of d.get(VAP, name).spec.validations) v.expression = 'true';
};

/** Rules that run admission policies on paper. */
export const admission: Cases = {
  'agent-pods-are-declared': {
    noncompliance: {
      'no binding': unbound('agent-pods'),
      'every expression says yes': yes('agent-pods'),
      'a policy that looks at labelled pods only': (d) => {
        d.get(VAP, 'agent-pods').spec.matchConstraints.objectSelector = {
          matchLabels: { 'firepit.dev/component': 'agent' },
        };
      },
      'a condition that leaves pods out': (d) => {
        d.get(VAP, 'agent-pods').spec.matchConditions = [
          { name: 'x', expression: "object.metadata.name.startsWith('triage')" },
        ];
      },
      'secrets in the environment': replaced('agent-pods', 'has(e.valueFrom)', 'has(e.nothing)'),
      'any service account': replaced('agent-pods', 'object.spec.serviceAccountName == variables.agent', 'true'),
      'an expression that nobody can read': (d) => {
        for (const v of d.get(VAP, 'agent-pods').spec.validations)
          v.expression = `authorizer.path('/') || ${v.expression}`;
      },
    },
    compliance: {
      'one more rule': (d) =>
        d.get(VAP, 'agent-pods').spec.validations.push({ expression: "object.metadata.namespace != 'default'" }),
    },
  },
  'own-pods-are-admitted': {
    noncompliance: {
      'a policy that refuses everything': (d) =>
        d.get(VAP, 'agent-pods').spec.validations.push({ expression: 'false' }),
      'an image that the policy does not know': (d) => {
        d.pod('warden').containers[0].image = d.pod('ledger', 'StatefulSet').containers[0].image;
      },
    },
    compliance: {
      'a rule that holds': (d) =>
        d.get(VAP, 'agent-pods').spec.validations.push({ expression: 'object.spec.containers.all(c, has(c.image))' }),
    },
  },
  'control-pods-are-exact': {
    noncompliance: {
      'another image': (d) => {
        d.pod('governor').containers[0].image =
          'registry.example.com/x/y@sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef';
      },
      'no binding': unbound('control-pods'),
      'a field that is free': replaced('control-pods', "'affinity'", "'hostAliases', 'affinity'"),
      'a field of its container that is free': replaced('control-pods', "'resizePolicy'", "'envFrom', 'resizePolicy'"),
      'pods that may differ': replaced('control-pods', 'variables.podDiffers.size() == 0', 'true'),
      'containers that may differ': replaced('control-pods', 'variables.containerDiffers.size() == 0', 'true'),
      'files that may differ': replaced('control-pods', 'variables.volumesDiffer.size() == 0', 'true'),
      'more containers': replaced('control-pods', 'object.spec.containers.size() == 1', 'true'),
      'volumes that are missing alone': replaced('control-pods', /variables\.volumes\.filter.*?v\.name\) \+ /, ''),
      'users that nobody looks at': replaced(
        'control-pods',
        /variables\.part\.container\.partly\.filter.*?\]\)\)\) \+ /,
        '',
      ),
      'parts by name of the pod': replaced(
        'control-pods',
        "object.metadata.?labels[?'firepit.dev/component'].orValue('')",
        "object.metadata.name.split('-')[0]",
      ),
    },
    compliance: { 'a rule more': (d) => d.get(VAP, 'control-pods').spec.validations.push({ expression: 'true' }) },
  },
  'pods-stay-unchanged': {
    noncompliance: {
      'no binding': unbound('images-unchanged'),
      'ephemeral containers': unbound('no-ephemeral-containers'),
      'an init container forgotten': replaced('images-unchanged', /initContainers/g, 'containers'),
      'a label forgotten': replaced('images-unchanged', /'firepit.dev\/agent'/g, "'firepit.dev/nothing'"),
      'only CREATE': (d) => {
        for (const r of d.get(VAP, 'images-unchanged').spec.matchConstraints.resourceRules) r.operations = ['CREATE'];
      },
    },
    compliance: {
      'an annotation': (d) => Object.assign(d.get(VAP, 'images-unchanged').metadata.annotations, { note: 'x' }),
    },
  },
  'nobody-enters-pods': {
    noncompliance: {
      'no binding': unbound('no-exec'),
      'one door forgotten': (d) => {
        for (const r of d.get(VAP, 'no-exec').spec.matchConstraints.resourceRules)
          r.resources = r.resources.filter((x: string) => x !== 'pods/portforward');
      },
      'an exception': (d) => {
        d.get(VAP, 'no-exec').spec.validations[0].expression = "request.userInfo.username != 'nobody'";
      },
    },
    compliance: {
      'doors by pattern': (d) => {
        for (const r of d.get(VAP, 'no-exec').spec.matchConstraints.resourceRules)
          r.resources = ['pods/*', 'services/proxy'];
      },
    },
  },
  'controls-are-locked': {
    noncompliance: {
      'no binding': unbound('controls'),
      'everybody deploys': yes('controls'),
      'issuers left out': replaced('controls', /,"issuers"/, ''),
      'routes of people left out': replaced('controls', 'gateway.networking.k8s.io', 'x'),
      'network policies left out': replaced('controls', /"networkpolicies",?/, ''),
      'tokens by hand': unbound('tokens'),
      'every service account': replaced(
        'controls',
        'request.userInfo.username == ',
        "request.userInfo.username.startsWith('system:serviceaccount:') || request.userInfo.username == ",
      ),
      'deletion left out': replaced('controls', /,"DELETE"/g, ''),
    },
    compliance: {
      'one kind more': (d) =>
        d.get(VAP, 'controls').spec.matchConstraints.resourceRules.push({
          apiGroups: ['batch'],
          apiVersions: ['*'],
          operations: ['CREATE'],
          resources: ['jobs'],
        }),
    },
  },
  'quarantine-is-sticky': {
    noncompliance: {
      'no binding': unbound('quarantine-label'),
      'through the status': (d) => {
        for (const r of d.get(VAP, 'quarantine-label').spec.matchConstraints.resourceRules) r.resources = ['pods'];
      },
      finalizers: unbound('prompt-end'),
    },
    compliance: {
      'a message': (d) => Object.assign(d.get(VAP, 'quarantine-label').spec.validations[0], { message: 'no' }),
    },
  },
  'containment-holds': {
    noncompliance: {
      'no binding': unbound('containment'),
      'a missing record lets through': (d) => {
        d.get(`${VAP}Binding`, 'containment').spec.paramRef.parameterNotFoundAction = 'Allow';
      },
      'another record': (d) => {
        d.get(`${VAP}Binding`, 'containment').spec.paramRef.name = 'models';
      },
      'a record with data': (d) =>
        Object.assign(d.get('ConfigMap', 'containment'), { data: {} }, { data: { triage: '' } }),
      'a frozen record': (d) => Object.assign(d.get('ConfigMap', 'containment'), { immutable: true }),
      'no record': (d) => d.remove('ConfigMap', 'containment'),
      'no warden': (d) => d.remove('Deployment', 'warden'),
    },
    compliance: { 'an empty record': (d) => Object.assign(d.get('ConfigMap', 'containment'), { data: {} }) },
  },
  'containment-record-is-the-wardens': {
    noncompliance: {
      'no binding': unbound('containment-record'),
      'another object': replaced('containment-record', /'containment'/g, "'something'"),
      'the bundle of the authority': replaced('containment-record', /'ca-bundle'/g, "'something'"),
      'a record that is full when it is made': replaced(
        'containment-record',
        "request.operation != 'CREATE' ||",
        'true ||',
      ),
      'deployers may': replaced('containment-record', "request.operation != 'UPDATE' ||", 'true ||'),
    },
    compliance: {
      'a message': (d) => Object.assign(d.get(VAP, 'containment-record').spec.validations[0], { message: 'no' }),
    },
  },
  'identities-are-the-wardens': {
    noncompliance: {
      'nobody looks at identities': unbound('identities'),
      'every expression says yes': yes('identities'),
      'a condition that never holds': (d) => {
        d.get(VAP, 'identities').spec.matchConditions = [{ name: 'never', expression: 'false' }];
      },
      'credentials beside the agents': unbound('no-data-in-secrets'),
      'tokens that last': (d) => {
        unbound('legacy-tokens')(d);
        unbound('no-data-in-secrets')(d);
      },
      'a policy that the API server would not take': (d) => {
        delete d.get(VAP, 'identities').spec.validations[0].expression;
      },
    },
    compliance: {
      'a message': (d) => Object.assign(d.get(VAP, 'identities').spec.validations[0], { message: 'no' }),
    },
  },
  'containment-waits-for-nothing': {
    noncompliance: {
      'a parameter on UPDATE': (d) => {
        d.get(VAP, 'containment').spec.matchConstraints.resourceRules[0].operations = ['CREATE', 'UPDATE'];
      },
      'Kyverno on UPDATE': (d) => {
        d.get('ImageValidatingPolicy', 'images').spec.matchConstraints.resourceRules[0].operations = [
          'CREATE',
          'UPDATE',
        ];
      },
      'rules for controllers': (d) => {
        delete d.get('ImageValidatingPolicy', 'images').spec.autogen;
      },
      'a policy against deletion': (d) =>
        d.get(VAP, 'images-unchanged').spec.matchConstraints.resourceRules.push({
          apiGroups: [''],
          apiVersions: ['v1'],
          operations: ['DELETE'],
          resources: ['pods'],
        }),
      'a webhook': (d) =>
        d.add({
          apiVersion: 'admissionregistration.k8s.io/v1',
          kind: 'ValidatingWebhookConfiguration',
          metadata: { name: 'x' },
          webhooks: [{}],
        }),
    },
    compliance: {
      'a parameter on CREATE': (d) => Object.assign(d.get(VAP, 'containment').metadata.annotations, { note: 'x' }),
    },
  },
  'admission-fails-closed': {
    noncompliance: {
      'a policy that is ignored when it errs': (d) =>
        Object.assign(d.get(VAP, 'models').spec, { failurePolicy: 'Ignore' }),
      'a binding that warns': (d) =>
        Object.assign(d.get(`${VAP}Binding`, 'no-exec').spec, { validationActions: ['Warn'] }),
      'a binding for some': (d) =>
        Object.assign(d.get(`${VAP}Binding`, 'no-exec').spec, { matchResources: { namespaceSelector: {} } }),
      'a binding to nothing': (d) => Object.assign(d.get(`${VAP}Binding`, 'no-exec').spec, { policyName: 'nothing' }),
      'a policy without rules': (d) => {
        delete d.get(VAP, 'models').spec.matchConstraints.resourceRules;
      },
      'a condition without name': (d) => {
        d.get(VAP, 'quarantine-label').spec.matchConditions[0].name = '';
      },
      'an expression about nothing': (d) => {
        d.get(VAP, 'models').spec.validations[0].expression = 'objects.spec == 1';
      },
      'no binding of the mutation': (d) => d.remove('MutatingAdmissionPolicyBinding', 'gateway-address'),
      'a signature policy that audits': (d) =>
        Object.assign(d.get('ImageValidatingPolicy', 'images').spec, { validationActions: ['Audit'] }),
      'one API version only': (d) =>
        Object.assign(d.get(VAP, 'agent-pods').spec.matchConstraints, { matchPolicy: 'Exact' }),
    },
    compliance: {
      'a binding that also audits': (d) =>
        Object.assign(d.get(`${VAP}Binding`, 'no-exec').spec, { validationActions: ['Deny', 'Audit'] }),
    },
  },
};
