import { Duration, type EnvironmentDeclaration, Health, Isolation, Workload } from '../../lib';
import { changed, desk } from './desk';

/** What the agent of the support desk is without a user: it reads, and nobody asks it. */
const alone = { health: Health.exits(), mayAsk: [], needsApproval: [], sequence: [], tools: ['tickets.search'] };
const deadline = Duration.hours(2);

/** The support desk with its agent as each other kind of workload. */
export const WORKLOADS = {
  cronJob: { ...alone, workload: Workload.cronJob({ schedule: '30 4 * * 1-5', timeZone: 'Europe/Berlin', deadline }) },
  job: { ...alone, workload: Workload.job({ generation: 3, deadline, retries: 2 }) },
  sandbox: { workload: Workload.sandbox() },
} as const;
export type OtherKind = keyof typeof WORKLOADS;

const made = new Map<string, EnvironmentDeclaration>();

/** The support desk with its agent as another kind of workload, under an isolation. Made once. */
export const deskAs = (
  kind: OtherKind,
  isolation: keyof typeof Isolation = 'userNamespace',
): EnvironmentDeclaration => {
  const key = `${kind} ${isolation}`;
  const declaration =
    made.get(key) ??
    changed((d) => Object.assign(d.agents.triage, { ...WORKLOADS[kind], isolation: Isolation[isolation]() }));
  made.set(key, declaration);
  return declaration;
};

/** The support desk with an agent of every kind. */
export const everyKind = (props: Parameters<typeof desk>[0] = {}): EnvironmentDeclaration =>
  changed((d) => {
    const { triage } = d.agents;
    for (const kind of Object.keys(WORKLOADS) as OtherKind[])
      d.agents[kind] = { ...structuredClone(triage), ...WORKLOADS[kind] };
  }, desk(props));
