import { showSpan } from '../lib/declaration/duration';
import type { Workload } from '../lib/declaration/workload';

const retried = (retries: number): string => (retries === 0 ? '' : `, tried again up to ${retries} times`);

/** How an agent runs, in words. */
export const workloadWords = (workload: Workload): string => {
  switch (workload.kind) {
    case 'deployment':
      return `${workload.replicas} × deployment`;
    case 'cronJob':
      return `cronJob at '${workload.schedule}' ${workload.timeZone}, for ${showSpan(workload.deadline.seconds)} at most${retried(workload.retries)}`;
    case 'job':
      return `job of generation ${workload.generation}, for ${showSpan(workload.deadline.seconds)} at most${retried(workload.retries)}`;
    case 'sandbox':
      return 'sandbox';
  }
};
