import type { ApiObjectMetadata } from 'cdk8s';
import type { FoundationDeclaration } from '../declaration/foundation';
import { ANNOTATION, SYSTEM_NAMESPACE } from '../names';
import { type PlatformAdapter, platformOf } from '../platform';

interface MetadataProps {
  /** @default - cluster-scoped */
  readonly namespace?: typeof SYSTEM_NAMESPACE;
  /** A sentence for whoever finds the object in a cluster. */
  readonly purpose: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What every construct of the foundation knows. */
export interface FoundationContext {
  readonly declaration: FoundationDeclaration;
  readonly platform: PlatformAdapter;
  readonly names: {
    /** Name of a cluster-scoped object. No environment may be called `firepit-system`, so none has these names. */
    cluster(suffix: string): string;
  };
  metadata(name: string, props: MetadataProps): ApiObjectMetadata;
}

export const foundationContextOf = (declaration: FoundationDeclaration): FoundationContext => ({
  declaration,
  platform: platformOf(declaration.platform),
  names: { cluster: (suffix) => `${SYSTEM_NAMESPACE}-${suffix}` },
  metadata: (name, { namespace, purpose, labels, annotations }) => ({
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: { 'app.kubernetes.io/part-of': SYSTEM_NAMESPACE, 'app.kubernetes.io/managed-by': 'firepit', ...labels },
    annotations: { [ANNOTATION.purpose]: purpose, ...annotations },
  }),
});
