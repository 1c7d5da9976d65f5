import type { Requests } from './requests';
import type { Loose } from './subject';

const ADMISSION = 'admissionregistration.k8s.io/v1';
const NOTE =
  'matches nothing; without a bound policy for this kind of parameter the API server stops reading it until it restarts (kubernetes/kubernetes#130887)';
const LABELS = { 'app.kubernetes.io/managed-by': 'firepit', 'app.kubernetes.io/part-of': 'firepit-parameters' };

/** Kinds of built-in parameters, each with the kind of policy that reads it. */
const PARAMETERS = [
  ['ValidatingAdmissionPolicy', 'v1', 'ConfigMap'],
  ['ValidatingAdmissionPolicy', 'v1', 'Service'],
  ['ValidatingAdmissionPolicy', ADMISSION, 'ValidatingWebhookConfiguration'],
  ['MutatingAdmissionPolicy', 'v1', 'ConfigMap'],
  ['MutatingAdmissionPolicy', 'v1', 'Service'],
  ['MutatingAdmissionPolicy', ADMISSION, 'ValidatingWebhookConfiguration'],
] as const;

/** A policy that never applies, and its binding. */
const anchor = (policyKind: string, apiVersion: string, kind: string): readonly Loose[] => {
  const name = `firepit-parameters-${kind.toLowerCase()}`;
  const metadata = { name, labels: LABELS, annotations: { 'firepit.dev/purpose': NOTE } };
  const validating = policyKind === 'ValidatingAdmissionPolicy';
  const rest = validating
    ? { validations: [{ expression: 'true' }] }
    : {
        reinvocationPolicy: 'Never',
        mutations: [
          {
            patchType: 'JSONPatch',
            jsonPatch: { expression: "[JSONPatch{op: 'test', path: '/kind', value: object.kind}]" },
          },
        ],
      };
  return [
    {
      apiVersion: ADMISSION,
      kind: policyKind,
      metadata,
      spec: {
        failurePolicy: 'Fail',
        paramKind: { apiVersion, kind },
        matchConstraints: {
          resourceRules: [
            { apiGroups: ['firepit.dev'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['nothing'] },
          ],
        },
        ...rest,
      },
    },
    {
      apiVersion: ADMISSION,
      kind: `${policyKind}Binding`,
      metadata,
      spec: {
        policyName: name,
        paramRef: {
          name: 'nothing',
          parameterNotFoundAction: 'Allow',
          ...(kind === 'ValidatingWebhookConfiguration' ? {} : { namespace: 'default' }),
        },
        ...(validating ? { validationActions: ['Deny'] } : {}),
      },
    },
  ];
};

/**
 * Keeps the API server reading parameters: when the last bound policy with a built-in kind of parameter goes, it
 * stops for good, and the next environment would be refused, or judged by what stood there before. So a proof, whose
 * copy may be the only environment, first sets down policies that match nothing, and leaves them.
 * @returns names of what stays
 */
export async function anchorParameters(requests: Requests): Promise<string[]> {
  const names: string[] = [];
  for (const [policyKind, apiVersion, kind] of PARAMETERS) {
    if (!(await requests.serves(ADMISSION, policyKind))) continue;
    for (const object of anchor(policyKind, apiVersion, kind)) {
      const { ok } = await requests.apply(object);
      if (ok) names.push(`${object.kind} ${object.metadata.name}`);
    }
  }
  return names;
}
