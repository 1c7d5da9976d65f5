import { type Agent, type EnvironmentDeclaration, environment } from '../../../lib';
import { benchDeclaration, type Ground } from '../environment';

/** An environment of its own on the bench: triage as ever, and beside it one agent as the test wants it. */
export const deskWith = (
  ground: Ground,
  name: string,
  agent: string,
  change: Partial<Agent>,
  platform: Partial<EnvironmentDeclaration['platform']> = {},
): EnvironmentDeclaration => {
  const { agents, ...desk } = benchDeclaration(ground, name);
  return environment({
    ...desk,
    platform: { ...desk.platform, ...platform },
    agents: { triage: agents.triage, [agent]: { ...agents.clerk, ...change } },
  } as never) as unknown as EnvironmentDeclaration;
};
