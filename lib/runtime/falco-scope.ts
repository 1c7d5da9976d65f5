import type { Context } from '../context';
import type { Agent } from '../declaration';
import { DEFAULT_MODEL_PORT, LABEL, modelLabel, objectName } from '../names';
import { type FalcoList, type FalcoMacro, literal, literals } from './falco-model';
import { SIDECAR_EXECUTABLE, WATCHED } from './objects';
import { watched } from './watched';

/** A watched agent, as its rules see it. */
export interface WatchedAgent {
  readonly name: string;
  readonly agent: Pick<Agent, 'behaviour' | 'health' | 'isolation' | 'port'>;
  /** Condition: this agent's own container. */
  readonly container: string;
  /** Executables it may run: declared, and its health check's. */
  readonly processes: readonly string[];
}

/** How the rules of one environment select what they are about. */
export interface Scope {
  readonly context: Context;
  readonly agents: readonly WatchedAgent[];
  /** Conditions, each the name of a macro. */
  readonly pod: string;
  readonly inAgent: string;
  readonly inSidecar: string;
  readonly inside: string;
  /** Lists and macros behind those names, in the order Falco must read them. */
  readonly lists: readonly FalcoList[];
  readonly macros: readonly FalcoMacro[];
  /** Names of the containers that may run. */
  readonly containers: readonly string[];
  /** The field with the agent's name. */
  readonly agentField: string;
}

/** Executables that an agent may run. */
const processesOf = ({ behaviour, health }: WatchedAgent['agent']): string[] => {
  const probe = health.kind === 'exec' ? health.command[0] : undefined;
  return [...new Set([...behaviour.processes, ...(probe?.startsWith('/') ? [probe] : [])])];
};

/**
 * Lists and macros of all files share one space of names, so each starts with its environment's; upper case, which
 * no environment or agent has, keeps 'a' with agent 'b-c' apart from 'a-b' with agent 'c'.
 */
const identifier = (environment: string, ...parts: readonly string[]): string =>
  [environment, ...parts].join('_').replaceAll('-', '_');

/**
 * Selection is by namespace, container name and label. All three come from the container runtime and can be late or
 * missing, and a condition on a missing field is false: rules would fall silent. Hence: what no agent may ever do is
 * selected without the label; a process that cannot be attributed is a finding of its own; and each pod gives a sign of
 * life through the same selection, whose absence the warden takes as an alarm. Nothing is selected by what a process
 * can set itself, such as its name.
 */
export function scopeOf(context: Context): Scope {
  const { names, declaration } = context;
  const id = (...parts: readonly string[]): string => identifier(names.environment, ...parts);
  const agentField = `k8s.pod.label[${LABEL.agent}]`;
  const entries: (readonly [name: string, agent: WatchedAgent['agent']])[] = [
    ...Object.entries(declaration.agents).map(([name, agent]) => [objectName(name), agent] as const),
    ...context.models.map(
      ([name, { server }]) => [modelLabel(name), { ...server, port: server.port ?? DEFAULT_MODEL_PORT }] as const,
    ),
  ];
  const own = context.models.length > 0;
  const unseen = entries.filter(([, agent]) => !watched(agent)).map(([name]) => name);
  const agents = entries
    .filter(([, agent]) => watched(agent))
    .map(
      ([name, agent]): WatchedAgent => ({ name, agent, container: id('AGENT', name), processes: processesOf(agent) }),
    );
  const executables = [SIDECAR_EXECUTABLE, ...new Set(agents.flatMap(({ processes }) => processes))];
  const macro = (name: string, condition: string): FalcoMacro => ({ macro: id(name), condition });
  return {
    context,
    agents,
    agentField,
    containers: own ? Object.values(WATCHED) : [WATCHED.agent, WATCHED.sidecar],
    pod: id('POD'),
    inside: id('INSIDE'),
    inAgent: id('IN_AGENT'),
    inSidecar: id('IN_SIDECAR'),
    lists: [{ list: id('EXECUTABLES'), items: executables }],
    macros: [
      macro(
        'POD',
        `(${own ? `k8s.ns.name in ${literals(context.governed)}` : `k8s.ns.name = ${literal(names.agents)}`}${unseen.length === 0 ? '' : ` and not ${agentField} in ${literals(unseen)}`})`,
      ),
      // The runtime's own steps in a container happen before it has entered the container's PID namespace, or in the
      // first process before that runs anything of the image.
      macro('INSIDE', `(proc.vpid != val(proc.pid) and (proc.vpid != 1 or proc.exepath in (${id('EXECUTABLES')})))`),
      macro(
        'IN_AGENT',
        `(${id('POD')} and ${own ? `container.name in ${literals([WATCHED.agent, WATCHED.model])}` : `container.name = ${literal(WATCHED.agent)}`})`,
      ),
      macro('IN_SIDECAR', `(${id('POD')} and container.name = ${literal(WATCHED.sidecar)})`),
      ...agents.map(({ name, container }) => ({
        macro: container,
        condition: `(${id('IN_AGENT')} and ${agentField} = ${literal(name)})`,
      })),
    ],
  };
}

/** Names the environment, and the agent where a rule is about one. */
export const scopeTags = ({ context }: Scope, agent?: string): string[] => [
  `environment_${context.names.environment}`,
  ...(agent === undefined ? [] : [`agent_${agent}`]),
];

/** What every alert carries: which pod, which container, which process. */
export const output = ({ agentField }: Scope, sentence: string, ...details: readonly string[]): string =>
  `${sentence} (${[
    `agent=%${agentField}`,
    'namespace=%k8s.ns.name',
    'pod=%k8s.pod.name',
    'pod_uid=%k8s.pod.uid',
    'container=%container.name',
    'container_id=%container.id',
    'event=%evt.type',
    'result=%evt.res',
    'process=%proc.exepath',
    'pid=%proc.pid',
    'parent=%proc.pexepath',
    'uid=%user.uid',
    ...details,
  ].join(' ')})`;
