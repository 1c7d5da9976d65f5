import type { ApiObjectMetadata } from 'cdk8s';
import type { EnvironmentDeclaration, SelfHostedModel } from './declaration';
import { ownModels } from './declaration/model';
import { ANNOTATION, LABEL, type Names, namesOf } from './names';
import { type PlatformAdapter, platformOf } from './platform';

interface MetadataProps {
  /** @default - cluster-scoped */
  readonly namespace?: string;
  /** A sentence for whoever finds the object in a cluster. */
  readonly purpose: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Whether the object runs or pins one of the product's own images. @default false */
  readonly usesProductImages?: boolean;
}

/** What every construct of one environment knows. */
export interface Context {
  readonly declaration: EnvironmentDeclaration;
  readonly names: Names;
  readonly platform: PlatformAdapter;
  /** Models of one's own, by name. */
  readonly models: readonly (readonly [name: string, model: SelfHostedModel])[];
  /** Namespaces of what is governed: the agents', and that of the models of one's own where there are any. */
  readonly governed: readonly string[];
  /** Name, labels and annotations of an object. */
  metadata(name: string, props: MetadataProps): ApiObjectMetadata;
}

export function contextOf(declaration: EnvironmentDeclaration): Context {
  const names = namesOf(declaration.name);
  const models = ownModels(declaration.models);
  return {
    declaration,
    names,
    platform: platformOf(declaration.platform),
    models,
    governed: models.length === 0 ? [names.agents] : [names.agents, names.models],
    metadata: (name, props) => ({
      name,
      ...(props.namespace === undefined ? {} : { namespace: props.namespace }),
      labels: {
        'app.kubernetes.io/part-of': declaration.name,
        'app.kubernetes.io/managed-by': 'firepit',
        [LABEL.environment]: declaration.name,
        ...props.labels,
      },
      annotations: {
        [ANNOTATION.purpose]: props.purpose,
        ...(props.usesProductImages === true && declaration.images.example === true
          ? { [ANNOTATION.exampleImages]: 'true' }
          : {}),
        ...props.annotations,
      },
    }),
  };
}
