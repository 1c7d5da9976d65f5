import { request as httpsRequest } from 'node:https';
import { agentPath } from '../lib/gateway/paths';
import { type Seen, traceparent } from './agent';
import { bodyOf } from './stand-in';

const TIMEOUT_MILLISECONDS = 60_000;

/** The gateway's front door, where people ask agents. */
export class Front {
  constructor(
    private readonly port: number,
    private readonly host: string,
    private readonly ca: string,
  ) {}

  /** @param token of whoever asks; undefined: they show none */
  ask(agent: string, trace: string, token: string | undefined, body: object): Promise<Seen> {
    return new Promise((done) => {
      const nothing = (): void => done({ trace, status: 0, body: '' });
      const headers = {
        host: this.host,
        'content-type': 'application/json',
        traceparent: traceparent(trace),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      };
      const place = { host: '127.0.0.1', port: this.port, servername: this.host, ca: this.ca, agent: false as const };
      const options = { ...place, method: 'POST', path: agentPath(agent), headers, timeout: TIMEOUT_MILLISECONDS };
      const sent = httpsRequest(options, (response) => {
        bodyOf(response).then((text) => done({ trace, status: response.statusCode ?? 0, body: text }), nothing);
      });
      sent.on('timeout', () => sent.destroy()).on('error', nothing);
      sent.end(JSON.stringify(body));
    });
  }
}
