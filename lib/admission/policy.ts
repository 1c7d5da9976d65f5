import { Construct } from 'constructs';
import type { Context } from '../context';
import { KubeObject } from '../k8s';
import { LABEL } from '../names';
import type { AdmissionBinding, MatchResources, MutatingPolicySpec, ResourceRule, ValidatingPolicySpec } from './types';

/** A CEL string literal. */
export const celString = (value: string): string =>
  `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'`;
/** A CEL list of strings. */
export const celList = (values: readonly string[]): string => `[${values.map(celString).join(', ')}]`;
/** A CEL literal of plain data. CEL's maps have values of one type: each is marked as of any. */
export const celValue = (value: unknown): string => {
  if (typeof value === 'string') return celString(value);
  if (Array.isArray(value)) return `[${value.map(celValue).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([k, v]) => `${celString(k)}: dyn(${celValue(v)})`)
    .join(', ')}}`;
};

/** Pods, as far as admission sees them. */
export const podRule = (operations: ResourceRule['operations'], ...resources: readonly string[]): ResourceRule => ({
  apiGroups: [''],
  apiVersions: ['v1'],
  operations,
  resources: resources.length > 0 ? resources : ['pods'],
});

/** Exceptions from Kyverno's policies, made anew or made of others. */
export const EXCEPTIONS: ResourceRule = {
  apiGroups: ['policies.kyverno.io'],
  apiVersions: ['*'],
  operations: ['CREATE', 'UPDATE'],
  resources: ['policyexceptions'],
};

/** Selects namespaces by name. */
const named = (namespaces: readonly string[]): MatchResources['namespaceSelector'] => {
  const [first = '', ...more] = namespaces;
  const key = 'kubernetes.io/metadata.name';
  return more.length === 0
    ? { matchLabels: { [key]: first } }
    : { matchExpressions: [{ key, operator: 'In', values: namespaces }] };
};

/** Selects one namespace of one environment, or several. */
export const inNamespace = (
  namespace: string | readonly string[],
  ...resourceRules: readonly ResourceRule[]
): MatchResources => ({
  matchPolicy: 'Equivalent',
  namespaceSelector: named(typeof namespace === 'string' ? [namespace] : namespace),
  resourceRules,
});

/** Selects both namespaces of an environment. */
export const inEnvironment = (context: Context, ...resourceRules: readonly ResourceRule[]): MatchResources => ({
  matchPolicy: 'Equivalent',
  namespaceSelector: { matchLabels: { [LABEL.environment]: context.names.environment } },
  resourceRules,
});

/** What a policy needs to know of the environment or the foundation that it belongs to. */
type PolicyContext = Pick<Context, 'metadata'> & { readonly names: Pick<Context['names'], 'cluster'> };

interface PolicyProps {
  readonly purpose: string;
  readonly paramRef?: AdmissionBinding['paramRef'];
  /** Whether the expressions pin the product's own images. @default false */
  readonly usesProductImages?: boolean;
}

export type ValidatingProps = PolicyProps & Omit<ValidatingPolicySpec, 'failurePolicy'>;
export type MutatingProps = PolicyProps & Omit<MutatingPolicySpec, 'reinvocationPolicy'>;

/** A ValidatingAdmissionPolicy and the binding that makes it deny. */
export class ValidatingPolicy extends Construct {
  constructor(scope: Construct, id: string, context: PolicyContext, props: ValidatingProps) {
    super(scope, id);
    const { purpose, paramRef, usesProductImages, ...spec } = props;
    const name = context.names.cluster(id);
    const metadata = context.metadata(name, { purpose, usesProductImages: usesProductImages === true });
    new KubeObject(this, 'Default', 'ValidatingAdmissionPolicy', {
      metadata,
      spec: { failurePolicy: 'Fail', ...spec },
    });
    new KubeObject(this, 'binding', 'ValidatingAdmissionPolicyBinding', {
      metadata: context.metadata(name, { purpose }),
      spec: { policyName: name, validationActions: ['Deny'], ...(paramRef === undefined ? {} : { paramRef }) },
    });
  }
}

/** A MutatingAdmissionPolicy and its binding. */
export class MutatingPolicy extends Construct {
  constructor(scope: Construct, id: string, context: Context, props: MutatingProps) {
    super(scope, id);
    const { purpose, paramRef, usesProductImages, ...spec } = props;
    const name = context.names.cluster(id);
    new KubeObject(this, 'Default', 'MutatingAdmissionPolicy', {
      metadata: context.metadata(name, { purpose, usesProductImages: usesProductImages === true }),
      spec: { reinvocationPolicy: 'IfNeeded', ...spec },
    });
    new KubeObject(this, 'binding', 'MutatingAdmissionPolicyBinding', {
      metadata: context.metadata(name, { purpose }),
      spec: { policyName: name, ...(paramRef === undefined ? {} : { paramRef }) },
    });
  }
}
