import { governorConfig } from '../../../contract';
import { expectedGovernor, fileProblems } from '../expected';
import type { Problem, Rule } from '../types';
import { at } from '../values';
import type { View } from '../view';

/** Largest body that is judged whole; gRPC servers accept 4 MiB. */
const MOST_BYTES = 4 * 1024 * 1024;
const LONGEST_DECISION = 10_000;

const limits = (view: View): Problem[] => {
  const file = view.configuration('governor', 'governor.json');
  if (file === undefined) return [];
  const out: Problem[] = [];
  if (Number(at(file.value, 'limits', 'bodyBytes')) > MOST_BYTES)
    out.push({
      object: file.map,
      path: "data['governor.json'].limits.bodyBytes",
      problem: 'bodies may be larger than what can be judged',
    });
  if (Number(at(file.value, 'limits', 'decisionMilliseconds')) > LONGEST_DECISION)
    out.push({
      object: file.map,
      path: "data['governor.json'].limits.decisionMilliseconds",
      problem: 'a decision may take longer than Envoy waits',
    });
  return out;
};

export const rule: Rule = {
  id: 'governor-knows-the-declaration',
  layer: 'identity',
  info: 'The configuration of the governor says something else than the declaration.',
  explanation:
    'the governor is the one who decides: an operation, an argument or a limit that differs there is what really holds',
  fix: 'change the declaration; governor.json is written from it and never by hand',
  check: (view) => [
    ...fileProblems(
      view,
      'governor.json',
      view.configuration('governor', 'governor.json'),
      governorConfig,
      expectedGovernor(view),
    ),
    ...limits(view),
  ],
};
