/** Parts of admissionregistration.k8s.io/v1 that Firepit uses; newer than cdk8s-plus-28. */
export interface ResourceRule {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly operations: readonly ('CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT')[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
}
export interface MatchResources {
  readonly resourceRules: readonly ResourceRule[];
  readonly namespaceSelector?: {
    readonly matchLabels?: Readonly<Record<string, string>>;
    readonly matchExpressions?: readonly {
      readonly key: string;
      readonly operator: 'In';
      readonly values: readonly string[];
    }[];
  };
  readonly objectSelector?: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly matchPolicy?: 'Equivalent';
}
export interface ParamKind {
  readonly apiVersion: string;
  readonly kind: string;
}
interface PolicySpec {
  readonly paramKind?: ParamKind;
  readonly matchConstraints: MatchResources;
  readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[];
  readonly variables?: readonly { readonly name: string; readonly expression: string }[];
}
export interface ValidatingPolicySpec extends PolicySpec {
  /** Always Fail: an expression that errors refuses. */
  readonly failurePolicy: 'Fail';
  readonly validations: readonly {
    readonly expression: string;
    readonly message?: string;
    readonly messageExpression?: string;
    readonly reason?: string;
  }[];
}
export interface MutatingPolicySpec extends PolicySpec {
  /** `Ignore` only where nothing is let through by leaving it out (asks.ts). */
  readonly failurePolicy: 'Fail' | 'Ignore';
  readonly reinvocationPolicy: 'Never' | 'IfNeeded';
  readonly mutations: readonly {
    readonly patchType: 'JSONPatch';
    readonly jsonPatch: { readonly expression: string };
  }[];
}
export interface AdmissionBinding {
  readonly policyName: string;
  readonly validationActions?: readonly ['Deny'];
  /** `Allow` only where it takes nothing back then (asks.ts). */
  readonly paramRef?: {
    readonly name: string;
    readonly namespace?: string;
    readonly parameterNotFoundAction: 'Deny' | 'Allow';
  };
  readonly matchResources?: Partial<MatchResources>;
}
