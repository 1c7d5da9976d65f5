import type { World } from '../parameters';
import { kyvernoWebhooks, podRequest } from '../probes';
import { imagePolicies } from '../signatures';
import type { Manifest, Rule } from '../types';
import { type Data, isData, record, records } from '../values';
import type { View } from '../view';
import { admitted, refused } from './_probe';

/** Clusters on which the signature check is not in force. */
const outages = (view: View, namespace: string): readonly (readonly [string, World])[] => [
  ['while Kyverno is stopped', []],
  ['while the signature webhook is ignored when it fails', [kyvernoWebhooks(view, { failurePolicy: 'Ignore' })]],
  [
    'while the webhook that has the right name checks something else',
    [kyvernoWebhooks(view, { name: 'vpol.validate.kyverno.svc-fail' })],
  ],
  [
    'while the signature webhook covers no pods',
    [
      kyvernoWebhooks(view, {
        rules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] }],
      }),
    ],
  ],
  [
    'while the signature webhook asks other policies',
    [kyvernoWebhooks(view, { clientConfig: { service: { path: '/ivpol/validate/other' } } })],
  ],
  [
    'while the signature webhook is asked under a condition',
    [kyvernoWebhooks(view, { matchConditions: [{ name: 'never', expression: 'false' }] })],
  ],
  [
    'while the signature webhook covers no creation',
    [
      kyvernoWebhooks(view, {
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['DELETE'], resources: ['pods'] }],
      }),
    ],
  ],
  [
    'while the signature webhook leaves the namespace out',
    [
      kyvernoWebhooks(view, {
        namespaceSelector: {
          matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: [namespace] }],
        },
      }),
    ],
  ],
  [
    'while the signature webhook asks for a label that agents do not have',
    [kyvernoWebhooks(view, { objectSelector: { matchLabels: { 'example.com/verify': 'true' } } })],
  ],
];

const changed = (view: View, policy: Manifest, change: Data): World => [
  kyvernoWebhooks(view),
  { ...policy, spec: { ...record(policy.spec), ...change } },
];

/** Each field of a value left out, one at a time, however deep. */
const without = (value: unknown): readonly unknown[] => {
  if (Array.isArray(value))
    return value.flatMap((item, i) => without(item).map((smaller) => value.map((v, n) => (n === i ? smaller : v))));
  if (!isData(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const { [key]: _, ...rest } = value;
    return [rest, ...without(inner).map((smaller) => ({ ...value, [key]: smaller }))];
  });
};

/** What a policy believes, weakened: a field less, one signer more, the log ignored. */
const believing = (view: View, policy: Manifest): readonly (readonly [string, World])[] => {
  const spec = record(policy.spec);
  const name = policy.metadata?.name;
  const attestors = records(spec.attestors);
  const loose = attestors.map((a) => ({
    ...a,
    cosign: { ...record(a.cosign), ctlog: { insecureIgnoreTlog: true, insecureIgnoreSCT: true, url: 'any' } },
  }));
  const anybody = { name: 'anybody', cosign: { key: { data: 'any' } } };
  return [
    ...[...without(attestors), loose, [...attestors, anybody]].map(
      (weaker) => [`while ${name} believes other attestors`, changed(view, policy, { attestors: weaker })] as const,
    ),
    ...[...without(spec.attestations ?? []), [{ name: 'any', intoto: { type: 'https://example.net/any' } }]].map(
      (weaker) =>
        [`while ${name} asks for other attestations`, changed(view, policy, { attestations: weaker })] as const,
    ),
  ];
};

/** Ways to weaken a signature policy in the cluster. */
const weakenings = (view: View, policy: Manifest): readonly (readonly [string, World])[] => {
  const spec = record(policy.spec);
  const name = policy.metadata?.name;
  return [
    [`while the signature policy ${name} is absent`, [kyvernoWebhooks(view), { ...policy, absent: true }]],
    [`while ${name} is ignored when it fails`, changed(view, policy, { failurePolicy: 'Ignore' })],
    [`while ${name} only audits`, changed(view, policy, { validationActions: ['Audit'] })],
    [`while ${name} is not asked`, changed(view, policy, { evaluation: { admission: { enabled: false } } })],
    [`while ${name} demands nothing`, changed(view, policy, { validations: [{ expression: 'true' }] })],
    [`while ${name} is conditional`, changed(view, policy, { matchConditions: [{ name: 'no', expression: 'false' }] })],
    [`while ${name} requires no signature`, changed(view, policy, { validationConfigurations: { required: false } })],
    [
      `while ${name} covers other images`,
      changed(view, policy, { matchImageReferences: [{ glob: 'registry.example.net/none*' }] }),
    ],
    [
      `while ${name} trusts somebody else`,
      changed(view, policy, {
        attestors: records(spec.attestors).map((a) => ({
          name: a.name,
          cosign: { keyless: { identities: [{ issuer: 'https://issuer.example.net', subject: 'anybody' }] } },
        })),
      }),
    ],
    ...believing(view, policy),
    [
      `while ${name} leaves some pods out`,
      changed(view, policy, {
        matchConstraints: { ...record(spec.matchConstraints), objectSelector: { matchLabels: { verify: 'true' } } },
      }),
    ],
    [
      `while ${name} covers another namespace`,
      changed(view, policy, {
        matchConstraints: {
          ...record(spec.matchConstraints),
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'somewhere-else' } },
        },
      }),
    ],
    [
      `while ${name} sees no image volumes`,
      changed(view, policy, { images: records(spec.images).map((i) => ({ ...i, expression: '[]' })) }),
    ],
  ];
};

export const rule: Rule = {
  id: 'signature-check-is-guarded',
  layer: 'supply-chain',
  info: 'Agent pods are admitted while the signature check is not in force.',
  explanation:
    'a stopped Kyverno takes its webhooks with it and everything is admitted, whatever failurePolicy says; only the API server itself can refuse then',
  fix: 'keep the admission policies whose parameters are the webhook configuration and the signature policies, with parameterNotFoundAction: Deny',
  check: (view) => [
    ...view.governedPods.flatMap((template) =>
      admitted(
        view,
        template.owner,
        [
          ...outages(view, template.namespace),
          ...imagePolicies(view).flatMap((policy) => weakenings(view, policy)),
        ].map(([what, world]) => ({
          what: `its pods ${what}`,
          request: podRequest(view, template),
          world,
        })),
      ),
    ),
    ...refused(
      view,
      view.controlPods.map((template) => ({
        what: `the pods of ${template.owner.metadata?.name} while Kyverno is stopped`,
        request: podRequest(view, template),
        world: [],
      })),
    ),
  ],
};
