import type { Ruling } from './authorize/cedar';
import type { Caller } from './context';
import type { Judged } from './decision';
import { Denial } from './denial';
import type { Facts } from './sequence/judge';

/** What policies see of whoever calls, before anybody agreed to anything. */
export const autonomyOf = (caller: Caller): { readonly autonomous: boolean; readonly approved: false } => ({
  autonomous: caller.door === 'back' && caller.run === undefined,
  approved: false,
});

/** A ruling as the call's callers are told it. @param sequence what the ruling was made on @default - no sequence */
export function ruled({ effect, policies }: Ruling, sequence?: Facts): Judged {
  if (effect === 'allow') return { because: policies };
  const no = (code: Denial['code'], detail: string): Judged => ({
    because: policies,
    denial: new Denial(code, detail, policies),
  });
  if (effect === 'needs_approval') return no('needs-approval', 'there is no service yet that could ask somebody');
  if (sequence?.violated.some((id) => policies.includes(id)))
    return no('sequence-violated', 'too many, too early or too late in this run');
  return no('not-permitted', policies.length === 0 ? 'no policy permits it' : 'a policy forbids it');
}
