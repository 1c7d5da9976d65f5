import { basename } from 'node:path/posix';
import { DEFAULT_AGENT_PORT } from '../names';
import { boundElsewhere, MADE, MOVED, PACKAGE_MANAGERS, SHELLS, STARTED, WRITTEN } from './falco-events';
import { type FalcoRule, literals } from './falco-model';
import { output, type Scope, scopeTags, type WatchedAgent } from './falco-scope';

/** Places that every container may write to: devices without memory, and what the kubelet gives for last words. */
const HARMLESS = ['/dev/null', '/dev/zero', '/dev/full', '/dev/tty', '/dev/termination-log'];
/** A thread's name, which language runtimes set through a file. */
const THREAD_NAMES = 'fd.name glob "/proc/self/task/*/comm"';

type Draft = Pick<FalcoRule, 'desc' | 'condition' | 'rung'> & {
  readonly title: string;
  readonly detail: string;
  readonly mitre: readonly string[];
};

const executed = ({ agent, container, processes }: WatchedAgent): Draft[] => {
  const known = new Set(processes.map((path) => basename(path)));
  const tools = [...SHELLS, ...PACKAGE_MANAGERS].filter((name) => !known.has(name));
  const packages = PACKAGE_MANAGERS.filter((name) => !known.has(name));
  const written = ['/dev/shm', ...agent.behaviour.writes];
  return [
    {
      title: 'code that was not in the image',
      desc: 'A program runs that was written after the container started, or from memory alone.',
      condition: `${STARTED} and (proc.is_exe_upper_layer = true or proc.is_exe_from_memfd = true or proc.exepath pmatch ${literals(written)}) and ${container}`,
      detail: 'command=%proc.cmdline',
      rung: 'kill',
      mitre: ['mitre_execution', 'T1105'],
    },
    {
      title: 'a shell or a package manager',
      desc: 'A shell or a package manager starts that is not among the declared processes.',
      // A package manager may be a script of a declared interpreter, so its name counts as well.
      condition: `${STARTED} and (proc.name in ${literals(packages)} or proc.name in ${literals(tools)} and not proc.exepath in ${literals(processes)}) and ${container}`,
      detail: 'command=%proc.cmdline',
      rung: 'suspend',
      mitre: ['mitre_execution', 'T1059.004'],
    },
    {
      title: 'a process that was not declared',
      desc: 'A program starts whose executable the declaration does not name.',
      condition: `${STARTED} and not proc.exepath in ${literals(processes)} and ${container}`,
      detail: 'command=%proc.cmdline',
      rung: 'quarantine',
      mitre: ['mitre_execution', 'T1204'],
    },
  ];
};

const behaved = ({ agent, container }: WatchedAgent): Draft[] => {
  const { writes } = agent.behaviour;
  const places = literals([...writes, ...HARMLESS]);
  const port = agent.port ?? DEFAULT_AGENT_PORT;
  return [
    {
      title: 'another port',
      desc: 'The agent listens on a port that it did not declare.',
      condition: `${boundElsewhere(port)} and ${container}`,
      detail: 'connection=%fd.name',
      rung: 'quarantine',
      mitre: ['mitre_command_and_control', 'T1571'],
    },
    {
      title: 'a write outside the declared folders',
      desc: 'A file was opened for writing where the declaration names no folder.',
      condition: `${WRITTEN} and not fd.name pmatch ${places} and not ${THREAD_NAMES} and ${container}`,
      detail: 'file=%fd.name',
      rung: 'deny',
      mitre: ['mitre_persistence', 'T1546'],
    },
    {
      title: 'a change outside the declared folders',
      desc: 'A file or folder was made, moved, linked or removed where the declaration names no folder.',
      condition: `(${MOVED} and fs.path.target exists and not fs.path.target pmatch ${places} or ${MADE} and fs.path.name exists and not fs.path.name pmatch ${places}) and ${container}`,
      detail: 'file=%fs.path.name target=%fs.path.target',
      rung: 'deny',
      mitre: ['mitre_persistence', 'T1546'],
    },
  ];
};

/** What follows from one agent's declared behaviour. */
export const declaredRules = (scope: Scope): FalcoRule[] =>
  scope.agents.flatMap((watched) =>
    [...executed(watched), ...behaved(watched)].map(({ title, detail, mitre, ...draft }) => ({
      ...draft,
      rule: `${scope.context.names.environment}/${watched.name}: ${title}`,
      output: output(scope, title, detail),
      tags: [...scopeTags(scope, watched.name), ...mitre],
    })),
  );
