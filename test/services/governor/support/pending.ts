import type { Pending } from '../../../../services/governor/context';
import type { HttpRequest } from '../../../../services/governor/parse/request';
import { parsed } from './requests';

/** A request of triage that was let through and waits for its answer. @param protocol of the model @default - as asked */
export const pendingOf = (http: HttpRequest, protocol?: 'openai'): Pending => {
  const read = parsed(http);
  return {
    decision: 'd-1',
    parsed: protocol === undefined ? read : { ...read, protocol: { kind: protocol } },
    caller: { door: 'back', agent: 'triage', run: undefined },
    run: undefined,
    event: undefined,
  };
};
