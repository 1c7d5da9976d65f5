import { Construct } from 'constructs';
import { CONTRACT_VERSION, type ModelAllowList, modelAllowList } from '../../contract';
import { AskedPolicy } from '../admission/asks';
import { inEnvironment, podRule } from '../admission/policy';
import type { Context } from '../context';
import { ownModels } from '../declaration/model';
import { KubeObject } from '../k8s';

/** The one list of models: artefacts that may be mounted, names that may be called. */
export const allowedModels = ({ declaration }: Context): ModelAllowList =>
  modelAllowList.parse({
    version: CONTRACT_VERSION,
    artifacts: [...new Set(ownModels(declaration.models).map(([, { artifact }]) => artifact))],
    wire: Object.fromEntries(Object.entries(declaration.models).map(([name, { names }]) => [name, [...names]])),
  });

/** The allow-list as admission reads it: an image volume that is not on it is refused, whoever signed it. */
export class Models extends Construct {
  constructor(scope: Construct, id: string, context: Context) {
    super(scope, id);
    const list = allowedModels(context);
    new KubeObject(this, 'Default', 'ConfigMap', {
      metadata: context.metadata('models', {
        namespace: context.names.control,
        purpose: 'the models that may run or be called; admission and the governor hold the same list',
      }),
      data: { 'models.json': `${JSON.stringify(list, null, 2)}\n`, artifacts: list.artifacts.join('\n') },
    });
    new AskedPolicy(this, 'models', context, {
      purpose: 'only models on the list are mounted',
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      paramRef: { name: 'models', namespace: context.names.control, parameterNotFoundAction: 'Deny' },
      matchConstraints: inEnvironment(context, podRule(['CREATE'])),
      validations: [
        {
          expression:
            "object.spec.?volumes.orValue([]).all(v, !has(v.image) || (v.image.?reference.orValue('').matches('@sha256:[a-f0-9]{64}$') && v.image.reference in params.data.?artifacts.orValue('').split('\\n')))",
          message: "a model is mounted by digest and stands on the environment's list",
        },
      ],
    });
  }
}
