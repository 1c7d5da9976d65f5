import type { Problem, Rule } from '../types';
import { at, record, show } from '../values';

const ZONES = ['user', 'model', 'toolResult'] as const;

export const rule: Rule = {
  id: 'guard-enforces',
  layer: 'guard',
  info: 'The prompt guard does not look at what users, models or tools say, or only watches.',
  explanation:
    'what a tool returns is the text of strangers, and what a user sends may be a secret: a zone that is not enforced is a direction in which nobody looks',
  fix: 'every zone enforces, normalises and decodes what it sees; only what happens with secrets differs',
  check: (view): Problem[] => {
    const file = view.configuration('governor', 'governor.json');
    if (file === undefined)
      return [{ object: `Namespace ${view.names.control}`, path: '', problem: 'no governor has a guard' }];
    return ZONES.flatMap((zone) => {
      const guard = record(at(file.value, 'guard', zone));
      const path = `data['governor.json'].guard.${zone}`;
      const out: Problem[] = [];
      if (guard.mode !== 'enforce') out.push({ object: file.map, path, problem: `its mode is ${show(guard.mode)}` });
      if (guard.normalise !== true) out.push({ object: file.map, path, problem: 'it does not normalise what it sees' });
      if (!(Number(guard.maxDecodeDepth) >= 1 && Number(guard.maxDecodeDepth) <= 16))
        out.push({ object: file.map, path, problem: `it decodes ${show(guard.maxDecodeDepth)} times` });
      if (guard.secrets !== 'block' && guard.secrets !== 'redact')
        out.push({ object: file.map, path, problem: `it lets secrets through (${show(guard.secrets)})` });
      return out;
    });
  },
};
