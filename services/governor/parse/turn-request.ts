import { Denial } from '../denial';
import { isObject, type Json } from './json';
import type { Call } from './request';

const PATH = /^\/runs\/(run-[0-9a-f]{32})\/(stop|pause|resume)$/;
const LONGEST_REASON = 512;

/** What a person at the front does to a run: `POST /runs/<run>/stop`, with a reason where they like to give one. */
export function parseTurn(method: string, path: string, body: Json | undefined): Call {
  const [, run = '', turn] = PATH.exec(path) ?? [];
  if (method !== 'POST' || turn === undefined)
    throw new Denial('unknown-route', 'a run is stopped, paused or resumed by POST /runs/<run>/stop, pause or resume');
  return { kind: 'turn', run, turn: turn as 'stop' | 'pause' | 'resume', reason: reasonOf(body) };
}

function reasonOf(body: Json | undefined): string {
  if (body === undefined) return 'no reason given';
  const { reason, ...rest } = isObject(body) ? body : { other: body };
  if (typeof reason !== 'string' || reason === '' || reason.length > LONGEST_REASON || Object.keys(rest).length > 0)
    throw new Denial('malformed-message', `the body is not {"reason": "…"} with at most ${LONGEST_REASON} characters`);
  return reason;
}
