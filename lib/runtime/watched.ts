import type { Context } from '../context';
import type { Agent } from '../declaration';
import { sharesKernel } from '../declaration/agent';

/** Whether Falco sees an agent's system calls: a kernel of its own in user space, or a virtual machine, hides them. */
export const watched = ({ isolation }: Pick<Agent, 'isolation'>): boolean => sharesKernel(isolation);

const UNSEEN = { gvisor: 'gVisor', kata: 'Kata' } as const;

/** Why an agent of an environment is not watched by Falco, a sentence each; what `firepit` prints. */
export const falcoNotices = ({ declaration }: Context): string[] => {
  const agents = Object.entries(declaration.agents);
  const unseen = agents.flatMap(([name, { isolation }]) =>
    isolation.kind === 'userNamespace'
      ? []
      : [
          `agent ${name} runs under ${UNSEEN[isolation.kind]}: Falco cannot see its system calls; the gateway's decisions and network policy remain the witnesses`,
        ],
  );
  const byName = agents.flatMap(([name, { health, isolation }]) =>
    isolation.kind === 'userNamespace' && health.kind === 'exec' && !health.command[0]?.startsWith('/')
      ? [
          `agent ${name} is probed by '${health.command[0]}', named without its path: Falco reports each probe unless the executable is among the declared processes`,
        ]
      : [],
  );
  const none =
    unseen.length === agents.length
      ? [`environment ${declaration.name} has no Falco rules: none of its agents can be watched`]
      : [];
  return [...unseen, ...byName, ...none];
};
