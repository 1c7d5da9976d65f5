import { Construct } from 'constructs';
import { AskedPolicy } from '../admission/asks';
import { celList, celString, celValue, EXCEPTIONS, inNamespace, podRule, ValidatingPolicy } from '../admission/policy';
import type { Context } from '../context';
import { KubeObject } from '../k8s';
import { KYVERNO_WEBHOOKS, LABEL } from '../names';
import {
  attestationsOf,
  attestationText,
  attestorsOf,
  hasAttestation,
  type TrustRoot,
  trustRoots,
} from './trust-roots';

const MODEL_VOLUMES = {
  name: 'modelVolumes',
  expression: 'object.spec.?volumes.orValue([]).filter(v, has(v.image)).map(v, v.image.reference)',
};
/** The one condition that Kyverno may put on its webhooks by itself (bootstrap_exclusion.go of 1.19). */
const KYVERNO_BOOTSTRAP =
  '!(request.resource.group == "" && request.resource.resource == "nodes") && !(request.resource.group == "certificates.k8s.io" && request.resource.resource == "certificatesigningrequests")';
const EVERY_IMAGE = '(images.containers + images.initContainers + images.ephemeralContainers + images.modelVolumes)';

/** Selects the namespaces whose pods run under a signature. */
const selected = (context: Context) =>
  context.models.length === 0
    ? { matchLabels: { [LABEL.environment]: context.names.environment, [LABEL.governed]: 'agents' } }
    : {
        matchLabels: { [LABEL.environment]: context.names.environment },
        matchExpressions: [{ key: LABEL.governed, operator: 'In', values: ['agents', 'models'] }],
      };

/**
 * What all signature policies of an environment share. Pods are checked when they are created and never after. No
 * timeout of their own: Kyverno 1.19 gives such a policy a webhook of its own, and the guard would have to follow it.
 */
const common = (context: Context): Readonly<Record<string, unknown>> => ({
  failurePolicy: 'Fail',
  validationActions: ['Deny'],
  evaluation: { admission: { enabled: true }, background: { enabled: false } },
  // Rules for controllers would be consulted when a contained agent is scaled down.
  autogen: { podControllers: { controllers: [] } },
  matchConstraints: {
    namespaceSelector: selected(context),
    resourceRules: [podRule(['CREATE'])],
  },
  images: [MODEL_VOLUMES],
  validationConfigurations: { mutateDigest: false, verifyDigest: true, required: true },
});

/** CEL: the image is from one of these repositories, by digest. */
const isFrom = (image: string, repositories: readonly string[]): string =>
  `${celList(repositories.map((r) => `${r}@sha256:`))}.exists(p, ${image}.startsWith(p))`;

/**
 * What must hold of every image of a pod: some root covers its repository, and every root that does has signed it and
 * what it must attest.
 */
const validations = (roots: readonly TrustRoot[]) => [
  {
    expression: `${EVERY_IMAGE}.all(i, ${isFrom(
      'i',
      roots.flatMap(({ repositories }) => repositories),
    )})`,
    message: 'image from a repository that no trust root covers',
  },
  ...roots.flatMap((root) => {
    const every = (demand: string): string =>
      `${EVERY_IMAGE}.filter(i, ${isFrom('i', root.repositories)}).all(i, ${demand})`;
    return [
      {
        expression: every(`verifyImageSignatures(i, [attestors.${root.name}]) > 0`),
        message: `image not signed by the signer declared for ${root.name}`,
      },
      ...(root.attested ?? []).map((attestation) => ({
        expression: every(hasAttestation('i', root, attestation)),
        message: `image without the ${attestationText(attestation)}, signed by the signer declared for ${root.name}`,
      })),
    ];
  }),
];

/**
 * One Kyverno policy (policies.kyverno.io/v1) for all images and all trust roots: Kyverno 1.19 never answers a request
 * that two such policies judge, since the first keeps the lock on images that the second waits for
 * (imagedataloader/context.go of its SDK). Model volumes are extracted explicitly: Kyverno looks at containers alone
 * by itself.
 */
export class Signatures extends Construct {
  constructor(scope: Construct, id: string, context: Context) {
    super(scope, id);
    const policy = context.names.cluster('images');
    this.policy(context, policy, trustRoots(context));
    this.guard(context, policy);
    this.exceptions(context, policy);
  }

  private policy(context: Context, policy: string, roots: readonly TrustRoot[]): void {
    const attestations = attestationsOf(roots);
    const trusted = {
      attestors: attestorsOf(roots),
      ...(attestations.length === 0 ? {} : { attestations }),
      validations: validations(roots),
    };
    const purpose = `images of ${roots.map((r) => `${r.repositories.join(', ')} are signed by ${r.name}`).join('; ')}; any other is refused`;
    new KubeObject(this, 'Default', 'ImageValidatingPolicy', {
      metadata: context.metadata(policy, { purpose, usesProductImages: true }),
      spec: { ...common(context), ...trusted },
    });
    const expressions = trusted.validations.map(({ expression }) => expression);
    new AskedPolicy(this, 'signed-images', context, {
      purpose: `the API server refuses agent pods while the policy ${policy} is absent or weakened`,
      paramKind: { apiVersion: 'policies.kyverno.io/v1', kind: 'ImageValidatingPolicy' },
      paramRef: { name: policy, parameterNotFoundAction: 'Deny' },
      matchConstraints: inNamespace(context.governed, podRule(['CREATE'])),
      validations: [
        {
          expression: [
            "params.spec.?failurePolicy.orValue('Fail') == 'Fail'",
            "params.spec.?validationActions.orValue(['Deny']) == ['Deny']",
            'params.spec.?evaluation.?admission.?enabled.orValue(true)',
            'params.spec.?validationConfigurations.?required.orValue(true) && params.spec.?validationConfigurations.?verifyDigest.orValue(true)',
            `params.spec.validations.map(v, v.expression) == ${celList(expressions)}`,
            'params.spec.?matchImageReferences.orValue([]).size() == 0',
            `dyn(params.spec).?matchConstraints.?namespaceSelector.orValue({}) == ${celValue(selected(context))}`,
            "params.spec.matchConstraints.?resourceRules.orValue([]).exists(r, r.?operations.orValue([]).exists(o, o == 'CREATE') && r.?resources.orValue([]).exists(p, p == 'pods') && r.?apiGroups.orValue([]).exists(g, g == '') && !has(r.resourceNames))",
            `params.spec.?images.orValue([]).exists(i, i.name == ${celString(MODEL_VOLUMES.name)} && i.expression == ${celString(MODEL_VOLUMES.expression)})`,
            '!has(params.spec.matchConditions) && !has(params.spec.matchConstraints.objectSelector) && !has(params.spec.matchConstraints.excludeResourceRules)',
            // Whole: a field that is missing, or one more, may make any signer good enough.
            `dyn(params.spec.attestors) == ${celValue(trusted.attestors)}`,
            `dyn(params.spec.?attestations.orValue([])) == ${celValue(attestations)}`,
          ].join(' && '),
          message: `the signature policy ${policy} is not the one this environment was declared with`,
        },
      ],
    });
  }

  /** A stopped Kyverno takes its webhooks with it, and everything would be admitted: the API server itself refuses. */
  private guard(context: Context, policy: string): void {
    new AskedPolicy(this, 'signature-check', context, {
      purpose: 'the API server refuses agent pods while the signature check is not in force',
      paramKind: { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration' },
      paramRef: { name: KYVERNO_WEBHOOKS, parameterNotFoundAction: 'Deny' },
      matchConstraints: inNamespace(context.governed, podRule(['CREATE'])),
      variables: [
        { name: 'namespaceLabels', expression: 'namespaceObject.metadata.?labels.orValue({})' },
        { name: 'podLabels', expression: 'object.metadata.?labels.orValue({})' },
      ],
      validations: [
        {
          // Kyverno names the policies that a webhook asks in its path.
          expression: `has(params.webhooks) && params.webhooks.exists(w, w.name.startsWith('ivpol.validate') && w.?clientConfig.?service.?path.orValue('').split('/').exists(s, s == ${celString(policy)}) && w.?failurePolicy.orValue('Fail') == 'Fail' && w.?rules.orValue([]).exists(r, r.?operations.orValue([]).exists(o, o == 'CREATE' || o == '*') && r.?resources.orValue([]).exists(p, p in ['pods', '*', '*/*'])) && w.?matchConditions.orValue([]).all(c, c.expression == ${celString(KYVERNO_BOOTSTRAP)}) && ${selects('w.namespaceSelector', 'variables.namespaceLabels')} && ${selects('w.objectSelector', 'variables.podLabels')})`,
          message:
            'the signature check is not in force: Kyverno is stopped, or its webhook no longer covers this pod. It is admitted again when it is back',
        },
      ],
    });
  }

  private exceptions(context: Context, policy: string): void {
    new ValidatingPolicy(this, 'no-policy-exceptions', context, {
      purpose: 'nobody is excepted from the signature check',
      matchConstraints: {
        matchPolicy: 'Equivalent',
        resourceRules: [EXCEPTIONS],
      },
      validations: [
        {
          // What stands before a wildcard must lead to our policy: exceptions from others are nobody's business here.
          expression: `!object.spec.?policyRefs.orValue([]).exists(p, p.name == ${celString(policy)} || ((p.name.contains('*') || p.name.contains('?')) && ${celString(policy)}.startsWith(p.name.split('*')[0].split('?')[0])))`,
          message: `no exception from the signature policy of ${context.names.environment}: sign the image instead`,
        },
      ],
    });
  }
}

/** CEL: a label selector, where there is one, selects these labels. */
const selects = (selector: string, labels: string): string =>
  `(!has(${selector}) || ((!has(${selector}.matchLabels) || ${selector}.matchLabels.all(k, k in ${labels} && ${labels}[k] == ${selector}.matchLabels[k])) && (!has(${selector}.matchExpressions) || ${selector}.matchExpressions.all(e, e.operator == 'In' ? e.key in ${labels} && ${labels}[e.key] in e.values : e.operator == 'NotIn' ? !(e.key in ${labels} && ${labels}[e.key] in e.values) : e.operator == 'Exists' ? e.key in ${labels} : !(e.key in ${labels})))))`;
