import { Duration, type EnvironmentDeclaration, environment, Health, Workload } from '../../../lib';

const deadline = Duration.hours(1);
const hourly = { deadline, generation: 1 };
/** What ends by itself, by what becomes of it. */
const WORK = {
  once: { workload: Workload.job(hourly), env: { ENDS_WITH: '0' } },
  fails: { workload: Workload.job({ ...hourly, retries: 1 }), env: { ENDS_WITH: '1' } },
  late: { workload: Workload.job({ ...hourly, deadline: Duration.minutes(1) }) },
  steady: { workload: Workload.job(hourly) },
  nightly: { workload: Workload.cronJob({ schedule: '* * * * *', deadline }) },
} as const;

/** The same environment, with agents beside its own that nobody asks: they work and end, or hang until they are ended. */
export const withBatch = (declaration: EnvironmentDeclaration): EnvironmentDeclaration => {
  const alone = { ...declaration.agents.clerk, mayAsk: [], health: Health.exits() };
  const agents = Object.entries(WORK).map(([name, work]) => [name, { ...alone, ...work }]);
  return environment({
    ...declaration,
    agents: { ...declaration.agents, ...Object.fromEntries(agents) },
  } as never) as unknown as EnvironmentDeclaration;
};
