import { LABEL } from '../../names';
import type { PlacedContainer, PodTemplate } from '../pods';
import { podRequest, withContainer } from '../probes';
import type { Problem, Rule } from '../types';
import { at, list, records, same, show, strings } from '../values';
import type { View } from '../view';
import { admitted } from './_probe';

/** Flags of Envoy that change how it runs, and none that changes what it does. */
const ENVOY_FLAGS: Readonly<Record<string, RegExp | undefined>> = {
  '-c': /^\/etc\/envoy\/envoy\.yaml$/,
  '--concurrency': /^\d{1,3}$/,
  '--log-level': /^(warning|error|critical|info)$/,
  '--disable-hot-restart': undefined,
  '--drain-time-s': /^\d{1,3}$/,
};

const envoyProblems = (args: readonly string[]): string[] => {
  const out: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const flag = args[i] ?? '';
    if (!Object.hasOwn(ENVOY_FLAGS, flag)) out.push(`the argument ${show(flag)} is none that Firepit gives`);
    const value = ENVOY_FLAGS[flag];
    if (value !== undefined && !value.test(args[++i] ?? '')) out.push(`${flag} is ${show(args[i])}`);
  }
  return args.includes('-c') ? out : [...out, 'it reads no configuration'];
};

/** Environment variables that change what a program is rather than what it is told. */
const LOADERS =
  /^(LD_|DYLD_|NODE_|PYTHON(PATH|STARTUP|HOME)|PERL5|RUBYOPT|JAVA_TOOL_OPTIONS|BASH_ENV|ENV$|GODEBUG|SSL_|NODE_EXTRA_CA|HTTPS?_PROXY|ALL_PROXY)/i;

/** Arguments that a part of the control plane is started with. */
const wantedArgs = (component: string): readonly string[] =>
  component === 'postgres'
    ? ['--config-file=/etc/firepit/config/postgresql.conf', '--data=/var/lib/firepit/postgres']
    : [`--config=/etc/firepit/config/${component}.json`];

const controlProblems = (view: View, pod: PodTemplate, { container }: PlacedContainer): string[] => {
  const component = pod.labels[LABEL.component] ?? '';
  const args = strings(container.args);
  const isEnvoy = container.image === view.declaration.images.images.envoy;
  const command = container.command;
  const out = isEnvoy
    ? envoyProblems(args)
    : same(args, wantedArgs(component))
      ? []
      : [`it is started with ${show(args)}`];
  if (command !== undefined && !(isEnvoy && same(command, ['/usr/local/bin/envoy'])))
    out.push(`it runs ${show(command)}`);
  for (const { name } of records(container.env))
    if (LOADERS.test(String(name))) out.push(`${show(name)} changes what it runs`);
  return out;
};

/** Where a container of ours reads what was reviewed. */
const directoriesOf = (view: View, pod: PodTemplate, { container: { image } }: PlacedContainer): readonly string[] => {
  if (image === view.declaration.images.images.envoy) return ['/etc/envoy'];
  const policies = pod.labels[LABEL.component] === 'governor' ? ['/etc/firepit/policies'] : [];
  return ['/etc/firepit/config', ...policies];
};

/** Where the configuration is read, nothing else may be mounted over it. */
const mountProblems = (pod: PodTemplate, { container }: PlacedContainer, directory: string): string[] => {
  const over = records(container.volumeMounts).filter((m) => String(m.mountPath).startsWith(directory));
  const [mount, ...more] = over;
  const volume = records(pod.spec.volumes).find((v) => v.name === mount?.name);
  const whole = mount?.mountPath === directory && mount.subPath === undefined && mount.subPathExpr === undefined;
  return whole &&
    more.length === 0 &&
    at(volume, 'configMap', 'name') !== undefined &&
    list(at(volume, 'configMap', 'items')).length === 0
    ? []
    : [`its configuration is not what is mounted at ${directory}`];
};

const agentProblems = (pod: PodTemplate): Problem[] =>
  pod.containers
    .filter(({ role }) => role !== 'sidecar')
    .flatMap(({ container, path }) => [
      ...(['command', 'args'] as const)
        .filter((field) => container[field] !== undefined)
        .map((field) => ({
          object: pod.owner,
          path: `${path}.${field}`,
          problem: `the agent is started with ${show(container[field])}, which nobody declared`,
        })),
      ...records(container.env).flatMap(({ name }, i) =>
        /^(LD_|DYLD_)/.test(String(name))
          ? [{ object: pod.owner, path: `${path}.env[${i}]`, problem: `${show(name)} changes what it runs` }]
          : [],
      ),
    ]);

const ATTACKS: readonly (readonly [string, Parameters<typeof withContainer>])[] = [
  ['a sidecar started with a configuration on its command line', [{ args: ['--config-yaml', '{}'] }, 'initContainers']],
  ['a sidecar that runs another program', [{ command: ['/bin/sh'] }, 'initContainers']],
  ['an agent that runs another program of its image', [{ command: ['/bin/sh'] }, 'containers']],
  ['an agent with other arguments', [{ args: ['-c', 'anything'] }, 'containers']],
];

export const rule: Rule = {
  id: 'containers-start-as-declared',
  layer: 'supply-chain',
  info: 'A container starts another program, or reads another configuration, than was reviewed.',
  explanation:
    'the digest pins a file system, not what runs from it: with another argument the same Envoy has no filters, and serves its own key',
  fix: 'leave command, arguments and mounted configuration as the environment writes them; an agent starts as its image says',
  check: (view) => [
    ...[...view.controlPods, ...view.governedPods].flatMap((pod) =>
      pod.containers
        .filter(({ role }) => pod.namespace === view.names.control || role === 'sidecar')
        .flatMap((c) =>
          [
            ...controlProblems(view, pod, c),
            ...directoriesOf(view, pod, c).flatMap((directory) => mountProblems(pod, c, directory)),
          ].map((problem) => ({
            object: pod.owner,
            path: c.path,
            problem,
          })),
        ),
    ),
    ...view.agentPods.flatMap((pod) => [
      ...agentProblems(pod),
      ...admitted(
        view,
        pod.owner,
        ATTACKS.map(([what, change]) => ({ what, request: podRequest(view, pod, withContainer(...change)) })),
      ),
    ]),
  ],
};
