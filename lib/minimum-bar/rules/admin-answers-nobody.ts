import { type Bootstrap, bootstraps, FILE, ownerOf } from '../envoy';
import type { Problem, Rule } from '../types';
import { at, isData, records, same, show } from '../values';

const problemsOf = (bootstrap: Bootstrap): Problem[] => {
  const admin = bootstrap.config.admin;
  if (admin === undefined) return [];
  const out: Problem[] = [];
  const here = (path: string, problem: string): void => {
    out.push({ object: ownerOf(bootstrap), path: `${FILE}.admin.${path}`, problem });
  };
  if (!isData(at(admin, 'address', 'pipe')) || at(admin, 'address', 'socket_address') !== undefined)
    here(
      'address',
      `the admin interface listens on ${show(at(admin, 'address'))}: whoever shares the loopback commands this Envoy`,
    );
  const allowed = records(at(admin, 'allow_paths'));
  if (!same(allowed, [{ exact: '/stats/prometheus' }]))
    here('allow_paths', `it answers ${show(allowed)}, not metrics alone`);
  return out;
};

export const rule: Rule = {
  id: 'admin-answers-nobody',
  layer: 'identity',
  info: 'The admin interface of an Envoy can be reached by somebody, or answers more than metrics.',
  explanation:
    'it prints certificates and configuration, drains listeners and stops the process, and asks nobody who they are',
  fix: 'a Unix socket on a volume that no other container mounts, and allow_paths with the metrics alone',
  check: (view) => bootstraps(view).flatMap(problemsOf),
};
