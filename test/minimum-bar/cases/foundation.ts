import { kubernetes } from '../../../apps/shared/platforms';
import type { EnvironmentDeclaration } from '../../../lib';
import type { Case, Cases, Draft } from '../../support/bar';
import { desk } from '../../support/desk';
import { contracts } from '../../support/own-models';

let built: EnvironmentDeclaration | undefined;
let builtWithModels: EnvironmentDeclaration | undefined;
const of = (): EnvironmentDeclaration => {
  built ??= desk({ platform: { ...kubernetes, foundation: true } });
  return built;
};
const ofModels = (): EnvironmentDeclaration => {
  builtWithModels ??= contracts({ platform: { ...kubernetes, foundation: true } });
  return builtWithModels;
};
const after = (change?: (d: Draft) => void): Case => (change === undefined ? { of } : { of, change });
const VAP = 'ValidatingAdmissionPolicy';

/** The rule about what an environment asks of its cluster's foundation. */
export const foundation: Cases = {
  'foundation-is-asked': {
    noncompliance: {
      'no policy': after((d) => d.remove(VAP, 'foundation')),
      'no binding': after((d) => d.remove(`${VAP}Binding`, 'foundation')),
      'an absent foundation is allowed': after((d) => {
        d.get(`${VAP}Binding`, 'foundation').spec.paramRef.parameterNotFoundAction = 'Allow';
      }),
      'any foundation is enough': after((d) => d.get(VAP, 'foundation').spec.validations.pop()),
      'one that fails open is enough': after((d) => d.get(VAP, 'foundation').spec.validations.shift()),
      "models of one's own start without it": {
        of: ofModels,
        change: (d) => {
          d.get(VAP, 'foundation').spec.matchConstraints.namespaceSelector.matchExpressions[0].values.pop();
        },
      },
      'it is asked about changes only': after((d) => {
        d.get(VAP, 'foundation').spec.matchConstraints.resourceRules[0].operations = ['UPDATE'];
      }),
    },
    compliance: { 'as written': after(), "with models of one's own": { of: ofModels } },
  },
};
