import type { Endpoint, EnvironmentDeclaration, InClusterService, Model } from './declaration';
import { authOf } from './declaration/model';
import { LABEL, modelLabel, namesOf, objectName, PORT } from './names';

/** Labels by which policies and Services know the pods of a model of one's own. */
export const modelLabels = (environment: string, model: string): Readonly<Record<string, string>> => ({
  [LABEL.environment]: environment,
  [LABEL.component]: 'model',
  [LABEL.agent]: modelLabel(model),
});

/** Where a model is: where it was declared, or among the environment's own pods. */
export const modelPlace = (environment: string, name: string, model: Model): Endpoint => {
  if (model.kind !== 'selfHosted') return model.at;
  const own: InClusterService = {
    kind: 'inCluster',
    service: objectName(name),
    namespace: namesOf(environment).models,
    port: PORT.https,
    pods: modelLabels(environment, name),
  };
  return own;
};

/** The models by name, each with its place, how the gateway authenticates there, and whether it is one's own. */
export const placedModels = ({ name: environment, models }: Pick<EnvironmentDeclaration, 'name' | 'models'>) =>
  Object.entries(models).map(
    ([name, model]) =>
      [
        name,
        { at: modelPlace(environment, name, model), auth: authOf(model), own: model.kind === 'selfHosted' },
      ] as const,
  );
