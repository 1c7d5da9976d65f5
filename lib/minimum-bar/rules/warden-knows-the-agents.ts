import { wardenConfig } from '../../../contract';
import { expectedWarden, fileProblems } from '../expected';
import type { Problem, Rule } from '../types';
import { at } from '../values';
import type { View } from '../view';

/** Two minutes without a sign of life is too long for a kill switch. */
const LONGEST_SILENCE = 120;

const limits = (view: View): Problem[] => {
  const file = view.configuration('warden', 'warden.json');
  const silence = Number(at(file?.value, 'alerts', 'silenceSeconds'));
  return file === undefined || silence <= LONGEST_SILENCE
    ? []
    : [
        {
          object: file.map,
          path: "data['warden.json'].alerts.silenceSeconds",
          problem: `a silent detector is noticed after ${silence} s`,
        },
      ];
};

export const rule: Rule = {
  id: 'warden-knows-the-agents',
  layer: 'runtime',
  info: 'The configuration of the warden says something else than the declaration: other agents, another record, another label.',
  explanation:
    'the kill switch acts on what its configuration names: an agent that is missing there cannot be contained',
  fix: 'change the declaration; warden.json is written from it and never by hand',
  check: (view) => [
    ...fileProblems(
      view,
      'warden.json',
      view.configuration('warden', 'warden.json'),
      wardenConfig,
      expectedWarden(view),
    ),
    ...limits(view),
  ],
};
