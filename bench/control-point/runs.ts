import type { Runs } from '../../services/governor/identify/runs';

/** Runs that the load is spread over: as many as one team's desk has at once. */
export const RUNS = 64;
const AGENT = 'triage';
const USER = { issuer: 'https://login.example.com', subject: 'ada', groups: ['support'] };

/** Opens runs of the agent. @returns their handles */
export const openRuns = (runs: Runs, count = RUNS): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, async () => (await runs.open(AGENT, USER, Date.now())).handle));
