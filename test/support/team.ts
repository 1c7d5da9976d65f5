import { agentImages } from '../../apps/shared/research-team';
import { type ResearchTeamProps, researchTeam } from '../../blueprints';
import type { EnvironmentDeclaration } from '../../lib';
import { EXAMPLE } from './desk';

/** The research team, whose lead asks two other agents; with what a test changes. */
export const team = (props: Partial<ResearchTeamProps> = {}): EnvironmentDeclaration => {
  const { owner, platform, images, state, host, approvalsHost } = EXAMPLE;
  const example = { name: 'research-team-test', owner, platform, images, state, host, approvalsHost, agentImages };
  return researchTeam({ ...example, ...props }) as unknown as EnvironmentDeclaration;
};
