import type { SelfHostedModel } from '../../declaration';
import { LABEL, modelLabel } from '../../names';
import type { PlacedContainer, PodTemplate } from '../pods';
import { byHand, FOREIGN_IMAGE, podRequest, withContainer, withLabels, withSpec, withVolume } from '../probes';
import { NOT_APPLICABLE, type Problem, type Rule } from '../types';
import { at, type Data, list, record, records, same, show, strings } from '../values';
import type { View } from '../view';
import { type Attack, admitted } from './_probe';

type Change = (pod: Data) => Data;

const modelOf = (view: View, pod: PodTemplate): SelfHostedModel | undefined =>
  view.ownModels.find(([name]) => modelLabel(name) === pod.labels[LABEL.agent])?.[1];

/** The volume that a container sees at a path, whole and read-only; undefined where there is none. */
const seenAt = (pod: PodTemplate, { container }: PlacedContainer, path: string): Data | undefined => {
  const mounts = records(container.volumeMounts).filter((m) => `${m.mountPath}/`.startsWith(`${path}/`));
  const [mount] = mounts;
  const whole =
    mounts.length === 1 && mount?.mountPath === path && mount.readOnly === true && mount.subPath === undefined;
  return whole ? records(pod.spec.volumes).find((v) => v.name === mount?.name) : undefined;
};

/** What the server may mount beside the model: its own memory. */
const strayMounts = (pod: PodTemplate, { container }: PlacedContainer, path: string): readonly unknown[] =>
  records(container.volumeMounts)
    .filter((m) => m.mountPath !== path)
    .filter(
      (m) =>
        at(
          records(pod.spec.volumes).find((v) => v.name === m.name),
          'emptyDir',
        ) === undefined,
    )
    .map((m) => m.name);

const serverProblems = (
  pod: PodTemplate,
  server: PlacedContainer,
  { server: wanted, path, artifact }: SelfHostedModel,
) => {
  const { container } = server;
  const out: string[] = [];
  if (container.image !== wanted.image) out.push(`it serves from ${show(container.image)}`);
  for (const field of ['command', 'args'] as const)
    if (!same(container[field], wanted[field]))
      out.push(`its ${field} is ${show(container[field])}, and was declared ${show(wanted[field])}`);
  const env = Object.fromEntries(records(container.env).map((e) => [String(e.name), e.value]));
  if (!same(env, wanted.env ?? {}) || list(container.envFrom).length > 0)
    out.push(`its environment is ${show(container.env)}`);
  const model = at(seenAt(pod, server, path), 'image', 'reference');
  if (model !== artifact) out.push(`it reads ${show(model)} at ${path}, not ${artifact}`);
  const stray = strayMounts(pod, server, path);
  if (stray.length > 0) out.push(`it mounts ${show(stray)}`);
  return out;
};

/** The check of the files: the right program, key and files, before anything else. */
const verifyProblems = (view: View, pod: PodTemplate, check: PlacedContainer | undefined, model: SelfHostedModel) => {
  const { integrity, path, artifact } = model;
  if (integrity.kind !== 'files') return check === undefined ? [] : [`${check.container.name} runs before it`];
  if (check === undefined) return ['nothing verifies its files before they are served'];
  const { container } = check;
  const args = strings(container.args);
  const key = args[args.indexOf('--public_key') + 1] ?? '';
  const directory = key.slice(0, key.lastIndexOf('/'));
  const map = at(seenAt(pod, check, directory), 'configMap', 'name');
  const pem = at(view.find('', 'ConfigMap', pod.namespace, map), 'data', key.slice(directory.length + 1));
  const signature = `${path}/${integrity.signature}`;
  const wanted = ['verify', 'key', path, '--signature', signature, '--public_key', key, '--no-ignore_unsigned_files'];
  const out: string[] = [];
  if (container.image !== view.declaration.images.images.modelVerifier)
    out.push(`${show(container.image)} verifies it`);
  if (!same(container.command, ['model_signing']) || !same(args, wanted))
    out.push(`its files are verified by ${show([container.command, args])}`);
  if (records(container.env).length > 0 || list(container.envFrom).length > 0)
    out.push('its verification is told more');
  if (integrity.signer.kind !== 'key' || pem !== integrity.signer.publicKey)
    out.push('its files are verified by another key');
  if (at(seenAt(pod, check, path), 'image', 'reference') !== artifact)
    out.push('other files are verified than those served');
  return out;
};

const templateProblems = (view: View, pod: PodTemplate, model: SelfHostedModel): Problem[] => {
  const of = (role: PlacedContainer['role']) => pod.containers.filter((c) => c.role === role);
  const [server, ...others] = of('main');
  const [check, ...checks] = of('init');
  const sidecars = of('sidecar');
  const first = pod.containers.findIndex((c) => c.role === 'init') <= 0;
  const secrets = records(pod.spec.volumes).flatMap((v) => at(v, 'secret', 'secretName') ?? []);
  const missing = secrets.filter((name) => view.find('', 'Secret', pod.namespace, name) === undefined);
  const problems = [
    ...missing.map((name) => `its Secret ${show(name)} is not among the objects`),
    ...(server === undefined ? ['nothing serves it'] : serverProblems(pod, server, model)),
    ...verifyProblems(view, pod, check, model),
    ...(first ? [] : ['something runs before its files are verified']),
    ...(sidecars.length === 1 ? [] : [`it has ${sidecars.length} sidecars`]),
    ...[...others, ...checks, ...of('ephemeral')].map(({ container }) => `${show(container.name)} runs beside it`),
  ];
  return problems.map((problem) => ({ object: pod.owner, path: pod.at('containers'), problem }));
};

/** A change of each container in a list. */
const all = (field: 'containers' | 'initContainers', change: (container: Data) => Data): Change =>
  withSpec((spec) => ({ [field]: records(spec[field]).map(change) }));
const added = (field: string, value: Data): Change =>
  withSpec((spec) => ({ [field]: [...records(spec[field]), value] }));
const SECRET = { name: 'KEY', valueFrom: { secretKeyRef: { name: 'any', key: 'any' } } };

/** The model's own repository, another digest: signed, perhaps, and another model. */
const otherModel: Change = withSpec((spec) => ({
  volumes: records(spec.volumes).map((v) =>
    v.image === undefined
      ? v
      : {
          ...v,
          image: {
            ...record(v.image),
            reference: `${String(at(v, 'image', 'reference')).split('@')[0]}@${FOREIGN_IMAGE.split('@')[1]}`,
          },
        },
  ),
}));

/** Changes that make another model of one, or something else than a model. */
const changes = (template: PodTemplate): readonly [string, Change][] => [
  ['another artefact', otherModel],
  [
    'a folder in place of its artefact',
    withSpec((spec) => ({
      volumes: records(spec.volumes).map((v) => (v.image === undefined ? v : { name: v.name, emptyDir: {} })),
    })),
  ],
  ['another server', withContainer({ image: FOREIGN_IMAGE })],
  ['other arguments', withContainer({ args: ['--model', 'somebody/elses'] })],
  ['another program of its image', withContainer({ command: ['/bin/sh'] })],
  ['a variable that loads code', withContainer({ env: [{ name: 'LD_PRELOAD', value: '/tmp/any.so' }] })],
  ['a credential', withContainer({ env: [SECRET] })],
  ['no mounts', withContainer({ volumeMounts: [] })],
  ['a second container', added('containers', { name: 'second', image: FOREIGN_IMAGE })],
  ['an ephemeral container', added('ephemeralContainers', { name: 'third', image: FOREIGN_IMAGE })],
  ['one more init container', added('initContainers', { name: 'more', image: FOREIGN_IMAGE })],
  ['no first init container', withSpec((spec) => ({ initContainers: records(spec.initContainers).slice(1) }))],
  ['no init containers', withSpec(() => ({ initContainers: [] }))],
  ['another first init container', withContainer({ image: FOREIGN_IMAGE }, 'initContainers')],
  [
    'another sidecar',
    withSpec((spec) => ({
      initContainers: records(spec.initContainers).map((c, i, { length }) =>
        i === length - 1 ? { ...c, args: ['--config-yaml', '{}'] } : c,
      ),
    })),
  ],
  ['another order of its first program', withContainer({ args: ['--help'] }, 'initContainers')],
  [
    'init containers that write',
    all('initContainers', (c) => ({
      ...c,
      securityContext: { ...record(c.securityContext), readOnlyRootFilesystem: false },
    })),
  ],
  ['a shell beside its server', withContainer({ lifecycle: { postStart: { exec: { command: ['/bin/sh'] } } } })],
  ['one more Secret', withVolume({ name: 'more', secret: { secretName: 'any' } })],
  [
    'one more model',
    withVolume({
      name: 'more',
      image: {
        reference: at(
          records(template.spec.volumes).find((v) => v.image !== undefined),
          'image',
          'reference',
        ),
      },
    }),
  ],
  ['a token', withSpec(() => ({ automountServiceAccountToken: true }))],
  ['another account', withSpec(() => ({ serviceAccountName: 'default' }))],
  ['a name server', withSpec(() => ({ dnsPolicy: 'ClusterFirst', dnsConfig: undefined }))],
  ["its node's users", withSpec(() => ({ hostUsers: undefined, runtimeClassName: undefined }))],
  ['hostNetwork', withSpec(() => ({ hostNetwork: true }))],
  ['the label of another model', withLabels({ [LABEL.agent]: 'model-somebody-elses' })],
  ['the label of a component', withLabels({ [LABEL.component]: 'gateway' })],
  ['no label that selectors take in', withLabels({ [LABEL.environment]: undefined })],
];

const attacks = (view: View, template: PodTemplate): readonly Attack[] =>
  changes(template).map(([what, change], i) => {
    const request = podRequest(view, template, change);
    // Every other one is asked for by a person: who asks may make no difference.
    return { what: `a model's pod with ${what}`, request: i % 2 === 0 ? request : byHand(request) };
  });

export const rule: Rule = {
  id: 'model-pods-are-exact',
  layer: 'supply-chain',
  info: "A model of one's own is served from other bytes, by another program, or without the verification that was declared, or could be.",
  explanation:
    'a model is what its bytes make it: a signature says who made them, and only the exact artefact, mounted read-only and verified before it is served, is the one that was reviewed',
  fix: 'change the declaration, not the workload, and keep the admission policy that pins each model field by field',
  check: (view) =>
    view.modelPods.length === 0
      ? NOT_APPLICABLE
      : view.modelPods.flatMap((template) => {
          const model = modelOf(view, template);
          return [
            ...(model === undefined ? [] : templateProblems(view, template, model)),
            ...admitted(view, template.owner, attacks(view, template)),
          ];
        }),
};
