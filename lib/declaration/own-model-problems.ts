import { at, entries, type Findings, isRecord, keys, words } from './_loose';
import { repositoryOf } from './image';

/** Models of one's own, as far as they can be read. */
const ownModels = (env: unknown): [name: string, model: unknown][] =>
  entries(at(env, 'models')).filter(([, model]) => at(model, 'kind') === 'selfHosted');

/** Everything that runs or is mounted under the team's own signatures, by where it stands. */
export const teamImages = (env: unknown): [path: string, reference: unknown][] => [
  ...entries(at(env, 'agents')).map(([name, a]): [string, unknown] => [`agents.${name}.image`, at(a, 'image')]),
  ...ownModels(env).flatMap(([name, model]): [string, unknown][] => [
    [`models.${name}.artifact`, at(model, 'artifact')],
    [`models.${name}.server.image`, at(model, 'server', 'image')],
  ]),
];

/** A repository that nothing comes from is a typing error, and its images fall to another signer. */
const repositories = (env: unknown, out: Findings): void => {
  const listed = at(env, 'supplyChain', 'repositories');
  if (!isRecord(listed)) return;
  const used = new Set(teamImages(env).map(([, image]) => (typeof image === 'string' ? repositoryOf(image) : '')));
  for (const repository of keys(listed))
    if (!used.has(repository))
      out.add(
        `supplyChain.repositories['${repository}']`,
        repository,
        `a repository of an agent's image, a model or its server: ${[...used].filter(Boolean).sort().join(', ')}`,
        'correct the name, or take the entry out',
      );
};

/** Whether one directory lies in the other. */
const nested = (a: string, b: string): boolean => `${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`);

const model = (name: string, declared: unknown, env: unknown, out: Findings): void => {
  const path = `models.${name}`;
  const place = at(declared, 'path');
  for (const [i, written] of words(at(declared, 'server', 'behaviour', 'writes')))
    if (typeof place === 'string' && nested(place, written))
      out.add(
        `${path}.server.behaviour.writes[${i}]`,
        written,
        `a directory apart from ${place}, where the model is mounted read-only`,
        'let the server write below /tmp',
      );
  if (
    at(declared, 'integrity', 'kind') === 'files' &&
    isRecord(at(env, 'images', 'images')) &&
    at(env, 'images', 'images', 'modelVerifier') === undefined
  )
    out.add(
      'images.images.modelVerifier',
      undefined,
      `the image that verifies the files of the model ${name}`,
      'use the lock file of a release that has it, or SelfHostedModel.oci({ … })',
    );
  const label = `model-${name}`;
  const other = keys(at(env, 'agents')).find((agent) => normal(agent) === normal(label));
  if (other !== undefined)
    out.add(
      path,
      name,
      `a name by which nobody takes it for the agent ${other}`,
      `rename one of the two: the model is contained as '${normal(label)}'`,
    );
};
const normal = (declared: string): string => declared.toLowerCase().replaceAll('_', '-');

/** What models of one's own and the trust in them say about the rest of a declaration. */
export function ownModelProblems(env: unknown, out: Findings): void {
  repositories(env, out);
  for (const [name, declared] of ownModels(env)) model(name, declared, env, out);
}
