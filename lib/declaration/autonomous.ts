import { at, type Findings, items, words } from './_loose';
import { ends } from './workload';

/**
 * What an agent that nobody asks has not. A pod that starts by the clock and ends by its deadline has no user, and
 * nobody waits with it: it has fewer rights, and what would need an approval is simply not there.
 * @param operations every declared operation by its reference
 */
export function autonomousProblems(
  path: string,
  agent: unknown,
  operations: ReadonlyMap<string, unknown>,
  out: Findings,
): void {
  const kind = at(agent, 'workload', 'kind');
  const health = at(agent, 'health', 'kind');
  const exits = health === 'exits';
  if (!ends(kind)) {
    if (exits && (kind === 'deployment' || kind === 'sandbox'))
      out.add(
        `${path}.health`,
        health,
        'a check that can be asked again and again: the pod does not end by itself',
        "write Health.http('/healthz') or Health.exec('/app/agent', '--check')",
      );
    return;
  }
  if (health !== undefined && !exits)
    out.add(
      `${path}.health`,
      health,
      `no question: a ${kind} says by its exit code whether it worked, and its deadline ends one that hangs`,
      'write Health.exits()',
    );
  if (items(at(agent, 'mayAsk')).length > 0)
    out.add(
      `${path}.mayAsk`,
      at(agent, 'mayAsk'),
      `an empty list: a ${kind} has no user`,
      'write mayAsk: [], or use Workload.deployment for an agent that people ask',
    );
  if (items(at(agent, 'needsApproval')).length > 0)
    out.tell(
      `${path}.needsApproval`,
      `${items(at(agent, 'needsApproval')).length} rules`,
      `an empty list: nobody waits with a ${kind} for an answer`,
      'leave what needs an approval to an agent that people ask, or bound it by a rule of sequence',
    );
  for (const [i, reference] of words(at(agent, 'tools')))
    if (at(operations.get(reference), 'effect') === 'destructive')
      out.add(
        `${path}.tools[${i}]`,
        reference,
        `operations that need no approval: this one is destructive, and nobody waits with a ${kind} for an answer`,
        'take it from the agent; an agent that people ask may have it',
      );
}
