import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { LARGE, large, type Size } from '../test/support/large';
import type { Row } from './measure';
import { round } from './measure';

/** What a person waits for, and what a build machine has. */
const MILLISECONDS = 5000;
const MEGABYTES = 400;

interface Once {
  readonly milliseconds: number;
  readonly megabytes: number;
  /** None: it was refused. */
  readonly files: number;
}

const once = (size: Size): Once => {
  const { stdout, status } = spawnSync(process.execPath, [join(__dirname, 'large.js')], {
    encoding: 'utf8',
    input: JSON.stringify(large(size)),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error('the measurement of a large environment failed');
  return JSON.parse(stdout);
};

/** One environment as large as one must be able to become. */
export const benchLarge = (): Row[] => {
  const { milliseconds, megabytes, files } = once(LARGE);
  const { agents, tools, operations } = LARGE;
  const what = `${agents} agents, ${tools} tools, ${operations} operations, ${files === 0 ? 'refused for its size' : `${files} files`}`;
  return [
    {
      name: `synth, check and explain of ${what}: processor time`,
      value: round(milliseconds),
      unit: 'ms',
      goal: MILLISECONDS,
      held: files > 0 && milliseconds <= MILLISECONDS,
    },
    { name: 'its peak memory', value: round(megabytes), unit: 'MB', goal: MEGABYTES, held: megabytes <= MEGABYTES },
  ];
};
