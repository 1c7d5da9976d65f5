import { expect, test } from '@jest/globals';
import { workloadWords } from '../../cli/workload-words';
import { Duration, Workload } from '../../lib';

const deadline = Duration.hours(2);

test.each([
  [Workload.deployment({ replicas: 3 }), '3 × deployment'],
  [Workload.cronJob({ schedule: '30 4 * * *', deadline }), "cronJob at '30 4 * * *' Etc/UTC, for 2 h at most"],
  [
    Workload.job({ generation: 7, deadline, retries: 2 }),
    'job of generation 7, for 2 h at most, tried again up to 2 times',
  ],
  [Workload.sandbox(), 'sandbox'],
])('%j in words', (workload, words) => {
  expect(workloadWords(workload)).toBe(words);
});
