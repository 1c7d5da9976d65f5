import type { Cases, Draft } from '../../support/bar';

const MAP = 'MutatingAdmissionPolicy';
const ASK = 'asks.firepit.dev/containment';
const quota = (d: Draft) => d.get('ResourceQuota', 'quota', d.agents).spec;
const sides = (d: Draft) => Object.values<Record<string, string>>(d.pod('triage').containers[0].resources);
const expression = (name: string, change: (text: string) => string) => (d: Draft) => {
  const [{ jsonPatch }] = d.get(MAP, name).spec.mutations;
  const before = jsonPatch.expression;
  jsonPatch.expression = change(before);
  if (jsonPatch.expression === before) throw new Error(`nothing to replace in ${name}`);
};

/** An agent's pod asks every policy that judges it, and only that policy answers. */
export const asks: Cases = {
  'agents-wait-for-admission': {
    noncompliance: {
      'a pod that does not ask': (d) => {
        for (const side of sides(d)) delete side[ASK];
      },
      'a pod that asks for nothing': (d) => {
        for (const side of sides(d)) side[ASK] = '0';
      },
      'a quota that allows it': (d) => {
        quota(d).hard[`requests.${ASK}`] = '1';
      },
      'a quota that does not speak of it': (d) => {
        delete quota(d).hard[`requests.${ASK}`];
      },
      'a quota for some pods': (d) => {
        quota(d).scopes = ['BestEffort'];
      },
      'nobody answers': (d) => d.remove(`${MAP}Binding`, 'containment'),
      'an answer whatever the record says': expression('containment', (text) => text.replace(/^.*? \? /, 'true ? ')),
      'an answer to some demands': expression('agent-pods', (text) => text.replace('variables.demand10', 'true')),
      'an answer in any case': expression('containment', (text) => text.replace(/ \? (.*) : \[\]$/, ' ? $1 : $1')),
      'demands of its own': (d) => {
        for (const v of d.get(MAP, 'containment').spec.variables) if (v.name === 'demand1') v.expression = 'true';
      },
      'an answer to more than was asked of it': expression('models', (text) =>
        text.replace(/\[(.*)\] :/, (_all, list) => `[${list}, ${list.replaceAll('models', 'containment')}] :`),
      ),
      'another record': (d) => {
        d.get(`${MAP}Binding`, 'containment').spec.paramRef.name = 'models';
      },
      'a demand that the answer does not know': (d) =>
        d.get('ValidatingAdmissionPolicy', 'prompt-end').spec.validations.push({ expression: 'object != null' }),
    },
    compliance: {
      'an answer that asks for more': (d) =>
        d
          .get(MAP, 'containment')
          .spec.matchConditions.push({ name: 'named', expression: "object.metadata.name != ''" }),
      'a policy more, made by hand': (d) => {
        for (const kind of ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding']) {
          const more = structuredClone(d.get(kind, 'containment'));
          more.metadata.name = 'by-hand';
          if (kind.endsWith('Binding')) more.spec.policyName = 'by-hand';
          d.add(more);
        }
      },
    },
  },
};
