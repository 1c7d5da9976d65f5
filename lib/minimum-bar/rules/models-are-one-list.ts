import { FOREIGN_IMAGE, podRequest, withVolume } from '../probes';
import type { Problem, Rule } from '../types';
import { at, isData, json, list, record, same, show, strings } from '../values';
import type { View } from '../view';
import { admitted } from './_probe';

/** Names on the wire by model, as the declaration has them. */
const declared = (view: View): Record<string, readonly string[]> =>
  Object.fromEntries(Object.entries(view.declaration.models).map(([name, { names }]) => [name, names]));

const namesOf = (models: unknown): Record<string, readonly string[]> =>
  Object.fromEntries(Object.entries(record(models)).map(([name, m]) => [name, strings(at(m, 'names'))]));

/** ConfigMaps that hold a list of models, found by their content. */
const lists = (view: View) =>
  view
    .all('', 'ConfigMap')
    .filter((o) => o.metadata?.namespace === view.names.control)
    .flatMap((map) => {
      const value = json(at(map, 'data', 'models.json'));
      return isData(value) ? [{ map, value }] : [];
    });

const listProblems = (view: View): Problem[] => {
  const found = lists(view);
  if (found.length !== 1)
    return [
      {
        object: `Namespace ${view.names.control}`,
        path: '',
        problem: `${found.length} lists of models (models.json) are among its ConfigMaps, not one`,
      },
    ];
  return found.flatMap(({ map, value }) => {
    const out: Problem[] = [];
    if (!same(value.wire, declared(view)))
      out.push({
        object: map,
        path: "data['models.json']",
        problem: `its names are ${show(value.wire)}, not those declared`,
      });
    const artifacts = strings(value.artifacts);
    if (String(at(map, 'data', 'artifacts') ?? '') !== artifacts.join('\n'))
      out.push({ object: map, path: 'data.artifacts', problem: 'what admission reads is not the list of models.json' });
    const mounted = view.pods.flatMap((pod) =>
      list(pod.spec.volumes).flatMap((v) => strings([at(v, 'image', 'reference')])),
    );
    for (const artifact of artifacts)
      if (!mounted.includes(artifact))
        out.push({
          object: map,
          path: "data['models.json']",
          problem: `${artifact} is on the list and nobody declared it`,
        });
    for (const image of mounted)
      if (!artifacts.includes(image))
        out.push({ object: map, path: "data['models.json']", problem: `${image} is mounted and not on the list` });
    return out;
  });
};

const wireProblems = (view: View): Problem[] => {
  const governor = view.configuration('governor', 'governor.json');
  const models = at(governor?.value, 'models');
  return governor !== undefined && same(namesOf(models), declared(view))
    ? []
    : [
        {
          object: governor?.map ?? `Namespace ${view.names.control}`,
          path: "data['governor.json']",
          problem: `the governor allows ${show(namesOf(models))}, not the models declared`,
        },
      ];
};

export const rule: Rule = {
  id: 'models-are-one-list',
  layer: 'supply-chain',
  info: 'The models that admission lets be mounted, the governor lets be called, and the declaration names are not the same.',
  explanation: 'two lists drift apart, and the wider one is the one that counts',
  fix: 'change models in the declaration; both lists are written from it',
  check: (view) => [
    ...listProblems(view),
    ...wireProblems(view),
    ...view.governedPods.flatMap((template) =>
      admitted(view, template.owner, [
        {
          what: 'a model that is not on the list',
          request: podRequest(view, template, withVolume({ name: 'model', image: { reference: FOREIGN_IMAGE } })),
        },
      ]),
    ),
  ],
};
