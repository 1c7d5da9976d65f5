import { Denial } from '../denial';
import type { RunState } from '../store';

/** Why nothing more of a run passes that was stopped, or of which nobody knows whether it was. */
export const ended = (state: Exclude<RunState, 'open' | 'paused'>): Denial =>
  state === 'stopped'
    ? new Denial('run-stopped', 'somebody stopped this run')
    : new Denial('unavailable', 'the state of the run cannot be read');
