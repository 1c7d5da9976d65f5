import type { NamedAttack } from './attacks';
import { add, all, CONTROL, E, edit, editAll, type Loose, object, remove } from './edit';

const vap = (suffix: string, change: (spec: Loose) => void): NamedAttack['attack'] =>
  edit('ValidatingAdmissionPolicy', `${E}-${suffix}`, ({ spec }) => change(spec));
const binding = (suffix: string, change: (spec: Loose) => void): NamedAttack['attack'] =>
  edit('ValidatingAdmissionPolicyBinding', `${E}-${suffix}`, ({ spec }) => change(spec));
const check = (change: (spec: Loose) => void): NamedAttack['attack'] =>
  edit('ImageValidatingPolicy', `${E}-images`, ({ spec }) => change(spec));

/** The names of policies, by what they refuse. */
const POLICIES = [
  'agent-pods',
  'control-pods',
  'containment',
  'containment-record',
  'controls',
  'gateway-address-only',
  'identities',
  'images-unchanged',
  'legacy-tokens',
  'models',
  'no-data-in-secrets',
  'no-ephemeral-containers',
  'no-exec',
  'no-policy-exceptions',
  'prompt-end',
  'quarantine-label',
  'signature-check',
  'signed-images',
  'tokens',
] as const;

const eachPolicy = (what: string, attack: (suffix: string) => NamedAttack['attack']): NamedAttack[] =>
  POLICIES.map((suffix) => ({ name: `${suffix}: ${what}`, attack: attack(suffix) }));

/** Refusals that are gone, weak, or look elsewhere; and signatures that nobody checks. */
export const admissionAttacks: readonly NamedAttack[] = [
  ...eachPolicy('the policy is gone', (suffix) => remove('ValidatingAdmissionPolicy', `${E}-${suffix}`)),
  ...eachPolicy('its binding is gone', (suffix) => remove('ValidatingAdmissionPolicyBinding', `${E}-${suffix}`)),
  ...eachPolicy('it only audits', (suffix) => binding(suffix, (spec) => (spec.validationActions = ['Audit']))),
  ...eachPolicy('it denies in words the API server does not take', (suffix) =>
    binding(suffix, (spec) => (spec.validationActions = ['Deny', 'Deny'])),
  ),
  {
    name: 'an exception may be changed into one from a signature policy',
    attack: vap('no-policy-exceptions', (spec) => (spec.matchConstraints.resourceRules[0].operations = ['CREATE'])),
  },
  {
    name: 'a finalizer may come through the status of a pod',
    attack: vap('prompt-end', (spec) => (spec.matchConstraints.resourceRules[0].resources = ['pods'])),
  },
  ...eachPolicy('it spares a namespace', (suffix) =>
    binding(
      suffix,
      (spec) =>
        (spec.matchResources = {
          namespaceSelector: {
            matchExpressions: [
              { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: [E, CONTROL, 'default'] },
            ],
          },
        }),
    ),
  ),
  ...eachPolicy('a condition that never holds', (suffix) =>
    vap(suffix, (spec) => (spec.matchConditions = [{ name: 'never', expression: 'false' }])),
  ),
  ...eachPolicy('it asks nothing', (suffix) => vap(suffix, (spec) => (spec.validations = [{ expression: 'true' }]))),
  {
    name: 'every policy ignores its failures',
    attack: editAll('ValidatingAdmissionPolicy', ({ spec }) => (spec.failurePolicy = 'Ignore')),
    unseen: 'seen only where a request makes an expression fail',
  },
  {
    name: 'a missing containment record lets pods in',
    attack: binding('containment', (spec) => (spec.paramRef.parameterNotFoundAction = 'Allow')),
  },
  {
    name: 'a missing Kyverno lets pods in',
    attack: binding('signature-check', (spec) => (spec.paramRef.parameterNotFoundAction = 'Allow')),
  },
  {
    name: 'a missing signature policy lets pods in',
    attack: binding('signed-images', (spec) => (spec.paramRef.parameterNotFoundAction = 'Allow')),
  },
  {
    name: 'the hold reads another record',
    attack: binding('containment', (spec) => (spec.paramRef.name = 'ca-bundle')),
  },
  {
    name: 'the guard reads another webhook',
    attack: binding('signature-check', (spec) => (spec.paramRef.name = 'other-cfg')),
    unseen: 'it refuses everything, and opens nothing',
  },
  {
    name: 'refusals look at labelled pods only',
    attack: vap(
      'agent-pods',
      (spec) => (spec.matchConstraints.objectSelector = { matchLabels: { 'firepit.dev/component': 'agent' } }),
    ),
  },
  {
    name: 'refusals look at pods of another version',
    attack: vap('agent-pods', (spec) => (spec.matchConstraints.resourceRules[0].apiVersions = ['v2'])),
  },
  {
    name: 'the control plane mounts what it likes',
    attack: vap('control-pods', (spec) => (spec.validations.at(-1).expression = 'true')),
  },
  {
    name: 'the control plane is held by its image alone',
    attack: vap('control-pods', (spec) => {
      spec.validations = [
        { expression: 'object.spec.containers.all(c, c.image == variables.part.container.exact.image)' },
      ];
    }),
  },
  {
    name: 'what nobody wrote is free in the control plane',
    attack: vap('control-pods', (spec) => {
      for (const v of spec.variables) v.expression = v.expression.replaceAll(' || k in [', " || k != '' || k in [");
    }),
  },
  {
    name: 'one part of the control plane is not held',
    attack: vap('control-pods', (spec) => {
      for (const v of spec.validations) v.expression = `variables.component == 'governor' || (${v.expression})`;
    }),
  },
  {
    name: 'the record has a foreign writer',
    attack: vap(
      'containment-record',
      (spec) => (spec.matchConditions[1].expression = "request.userInfo.username != 'mallory' && false"),
    ),
  },
  {
    name: 'a deployer may write the record',
    attack: vap(
      'containment-record',
      (spec) =>
        (spec.matchConditions[1].expression = `!(request.userInfo.username == 'system:serviceaccount:${CONTROL}:warden' || (has(request.userInfo.groups) && 'platform-engineers' in request.userInfo.groups))`),
    ),
  },
  { name: 'the containment record is gone', attack: remove('ConfigMap', 'containment') },
  {
    name: 'the containment record is written as immutable',
    attack: edit('ConfigMap', 'containment', (o) => (o.immutable = true)),
  },
  {
    name: 'everybody may change controls',
    attack: vap('controls', (spec) => (spec.validations[0].expression = "request.userInfo.username != ''")),
  },
  {
    name: 'every service account may change controls',
    attack: vap(
      'controls',
      (spec) =>
        (spec.validations[0].expression += " || request.userInfo.username.startsWith('system:serviceaccount:')"),
    ),
  },
  {
    name: 'labels change through status',
    attack: vap('images-unchanged', (spec) => {
      spec.matchConstraints.resourceRules[0].resources = ['pods'];
    }),
  },
  {
    name: 'exec is open, attach is not',
    attack: vap('no-exec', (spec) => spec.matchConstraints.resourceRules[0].resources.shift()),
  },
  {
    name: 'a mutating policy sends agents elsewhere',
    attack: edit(
      'MutatingAdmissionPolicy',
      `${E}-gateway-address`,
      ({ spec }) =>
        (spec.mutations[0].jsonPatch.expression = spec.mutations[0].jsonPatch.expression.replace(
          'dyn(params.spec.clusterIP)',
          "dyn('203.0.113.7')",
        )),
    ),
    unseen: 'the validating policy refuses the result: it breaks, and opens nothing',
  },
  {
    name: 'a webhook that may fail stands before pods',
    attack: add(
      object('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', `${E}-inject`, undefined, {
        webhooks: [
          {
            name: 'inject.example.com',
            failurePolicy: 'Ignore',
            sideEffects: 'None',
            admissionReviewVersions: ['v1'],
            clientConfig: { url: 'https://inject.example.net' },
            rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['pods'] }],
          },
        ],
      }),
    ),
  },
  {
    name: 'containment waits for a webhook',
    attack: add(
      object('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', `${E}-slow`, undefined, {
        webhooks: [
          {
            name: 'slow.example.com',
            failurePolicy: 'Fail',
            sideEffects: 'None',
            admissionReviewVersions: ['v1'],
            clientConfig: { service: { name: 'slow', namespace: E } },
            rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['DELETE', 'UPDATE'], resources: ['pods'] }],
          },
        ],
      }),
    ),
  },
  { name: 'signatures: only audited', attack: check((spec) => (spec.validationActions = ['Audit'])) },
  { name: 'signatures: may fail', attack: check((spec) => (spec.failurePolicy = 'Ignore')) },
  {
    name: 'signatures: of nobody in particular',
    attack: check(
      (spec) => (spec.attestors[0].cosign.keyless.identities = [{ issuerRegExp: '.*', subjectRegExp: '.*' }]),
    ),
  },
  {
    name: 'signatures: of another subject',
    attack: check(
      (spec) =>
        (spec.attestors[0].cosign.keyless.identities[0].subject =
          'https://github.com/mallory/x/.github/workflows/y.yaml@refs/heads/main'),
    ),
    unseen: 'an unknown signer alone signs nothing that it tries',
  },
  {
    name: 'signatures: without the log',
    attack: check((spec) => (spec.attestors[0].cosign.ctlog.insecureIgnoreTlog = true)),
  },
  {
    name: 'signatures: a second attestor',
    attack: all(check((spec) => spec.attestors.push({ name: 'other', cosign: { key: { data: 'x' } } }))),
    unseen: 'nothing asks it yet',
  },
  {
    name: 'signatures: nothing asked of them',
    attack: check((spec) => {
      for (const v of spec.validations) v.expression = 'true';
    }),
  },
  {
    name: 'signatures: model volumes unseen',
    attack: check((spec) => delete spec.images),
    unseen: 'the expression fails without them, and stops the pod',
  },
  {
    name: 'signatures: model volumes not asked for',
    attack: check((spec) => {
      spec.images = [];
      for (const v of spec.validations) v.expression = v.expression.replace(' + images.modelVolumes', '');
    }),
  },
  {
    name: 'signatures: another scope',
    attack: check((spec) => (spec.matchImageReferences = [{ glob: 'registry.example.net/*' }])),
  },
  {
    name: 'signatures: other pods',
    attack: check((spec) => (spec.matchConstraints.objectSelector = { matchLabels: { signed: 'please' } })),
  },
  {
    name: 'signatures: another namespace',
    attack: check((spec) => (spec.matchConstraints.namespaceSelector.matchLabels = { other: 'yes' })),
  },
  {
    name: 'signatures: on updates only',
    attack: check((spec) => (spec.matchConstraints.resourceRules[0].operations = ['UPDATE'])),
  },
  {
    name: 'signatures: on updates as well',
    attack: check((spec) => spec.matchConstraints.resourceRules[0].operations.push('UPDATE')),
    unseen: 'it opens nothing: containment would wait for Kyverno',
  },
  {
    name: 'signatures: by tag as well',
    attack: check((spec) => (spec.validationConfigurations.verifyDigest = false)),
    unseen: 'a tag is refused by its neighbours',
  },
  { name: 'signatures: the policy is gone', attack: remove('ImageValidatingPolicy', `${E}-images`) },
  {
    name: 'signatures: of another registry as well',
    attack: check(
      (spec) =>
        (spec.validations[0].expression = spec.validations[0].expression.replace('[', "['registry.example.net/', ")),
    ),
  },
  { name: 'signatures: only a warning', attack: check((spec) => (spec.validationActions = ['Warn'])) },
  {
    name: 'a PolicyException',
    attack: add(
      object('policies.kyverno.io/v1', 'PolicyException', 'for-now', E, {
        spec: { policyRefs: [{ kind: 'ImageValidatingPolicy', name: `${E}-images` }] },
      }),
    ),
  },
  {
    name: 'a legacy PolicyException',
    attack: add(
      object('kyverno.io/v2', 'PolicyException', 'for-now', E, {
        spec: { exceptions: [{ policyName: '*', ruleNames: ['*'] }] },
      }),
    ),
  },
  {
    name: 'the namespace is privileged',
    attack: edit(
      'Namespace',
      E,
      ({ metadata }) => (metadata.labels['pod-security.kubernetes.io/enforce'] = 'privileged'),
    ),
  },
  {
    name: 'the control plane is not restricted',
    attack: edit('Namespace', CONTROL, ({ metadata }) => delete metadata.labels['pod-security.kubernetes.io/enforce']),
  },
  {
    name: 'the control plane says it holds agents',
    attack: edit('Namespace', CONTROL, ({ metadata }) => (metadata.labels['firepit.dev/governed'] = 'agents')),
    unseen: 'it opens nothing: control pods would wait for Kyverno',
  },
];
