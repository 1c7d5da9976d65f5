import { NOTICE_DIRECTORY, noticeFilters } from '../../gateway/notice';
import { PORT } from '../../names';
import {
  addressOf,
  type Bootstrap,
  bootstraps,
  chainsOf,
  FILE,
  httpFilters,
  listenersOf,
  managersOf,
  ownerOf,
} from '../envoy';
import { NOT_APPLICABLE, type Problem, type Rule } from '../types';
import { at, isData, json, record, records, same, show, string } from '../values';

/** Whether another kernel than the node's runs it: kubelet's changes are read there, and not announced. */
const isApart = ({ pod }: Bootstrap): boolean => pod.spec.runtimeClassName !== undefined;

/** Every value of a key, however deep. */
const valuesOf = (value: unknown, key: string): readonly unknown[] => {
  if (Array.isArray(value)) return value.flatMap((item) => valuesOf(item, key));
  if (!isData(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => [...(name === key ? [inner] : []), ...valuesOf(inner, key)]);
};

/** Folders in which the container itself makes the changes: memory that it may write. */
const ownMemory = ({ pod, container }: Bootstrap): readonly string[] => {
  const memory = records(pod.spec.volumes).filter((v) => at(v, 'emptyDir', 'medium') === 'Memory');
  return records(container.container.volumeMounts)
    .filter((m) => m.readOnly !== true && memory.some((v) => v.name === m.name))
    .map((m) => String(m.mountPath));
};

const folderOf = (file: string): string => file.slice(0, file.lastIndexOf('/'));

/** What waits for a change that kubelet makes: descriptions of secrets, and the files that they name. */
const waiting = (bootstrap: Bootstrap): readonly (readonly [path: string, on: string])[] => {
  const { config, file } = bootstrap;
  const watchedOf = (source: unknown): string => string(at(source, 'watched_directory', 'path')) ?? 'its own folder';
  const files = Object.entries(record(file?.map.data));
  return [
    ...valuesOf(config, 'path_config_source').map((source) => [FILE, watchedOf(source)] as const),
    ...files.flatMap(([name, text]) =>
      valuesOf(json(text), 'resources')
        .flatMap((list) => records(list))
        .flatMap((secret) => [
          ...[secret.tls_certificate, secret.validation_context]
            .filter(isData)
            .map((kept) => [`data['${name}']`, watchedOf(kept)] as const),
          // Envoy watches the folder of such a file, and no other.
          ...valuesOf(secret.generic_secret, 'filename').map(
            (from) => [`data['${name}']`, folderOf(String(from))] as const,
          ),
        ]),
    ),
  ];
};

/** Who makes the change: a probe of kubelet, through the filter that every request of the health port passes first. */
const noticeProblems = (bootstrap: Bootstrap): string[] => {
  const { container, role, pod } = bootstrap;
  const health = listenersOf(bootstrap).filter(({ value }) => addressOf(value).port === PORT.health);
  const managers = health.flatMap(({ value }) => chainsOf(value).flatMap((chain) => managersOf(chain) ?? []));
  const wanted = noticeFilters({ kind: 'gvisor' }, role === 'model' ? role : 'sidecar');
  const { readinessProbe: ready, livenessProbe: live } = container.container;
  const probed = [ready, live].some((probe) => at(probe, 'httpGet', 'port') === PORT.health);
  return [
    ...(managers.length > 0 && managers.every((m) => same(httpFilters(m).slice(0, wanted.length), wanted))
      ? []
      : ['no probe of it moves a copy of its files to where they are noticed']),
    ...(probed ? [] : ['nobody probes it, so that nothing tells it to look']),
    ...(ownMemory(bootstrap).includes(NOTICE_DIRECTORY)
      ? []
      : [`${NOTICE_DIRECTORY} is no memory of its own in ${show(pod.owner.metadata?.name)}`]),
  ];
};

const problemsOf = (bootstrap: Bootstrap): Problem[] => [
  ...waiting(bootstrap)
    .filter(([, on]) => on !== NOTICE_DIRECTORY)
    .map(([path, on]) => ({
      object: ownerOf(bootstrap),
      path,
      problem: `a secret is read again when ${on} changes, of which nothing tells it`,
    })),
  ...noticeProblems(bootstrap).map((problem) => ({ object: ownerOf(bootstrap), path: FILE, problem })),
];

export const rule: Rule = {
  id: 'renewals-are-noticed',
  layer: 'identity',
  info: 'A sidecar under gVisor or Kata does not notice that its certificate or its token was renewed.',
  explanation:
    'a sandbox is not told of files that change on the node: with the token of its start an agent stops working after an hour, and with its certificate after a day',
  fix: 'leave the configuration, the memory and the probes of the sidecar as the environment writes them',
  check: (view) => {
    const apart = bootstraps(view).filter(isApart);
    return apart.length === 0 ? NOT_APPLICABLE : apart.flatMap(problemsOf);
  },
};
