import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { PATH } from '../../../services/governor/server/messages';
import { call, MCP } from '../../services/governor/support/requests';
import { field, number } from '../envoy/governor';
import type { Leaf } from '../envoy/pki';
import type { ControlPoint } from './control-point';

export const GOVERNOR = 'governor.desk-control.svc';

const header = (key: string, value: string): Buffer =>
  field(1, Buffer.concat([field(1, Buffer.from(key)), field(3, Buffer.from(value))]));
/** Headers of a request (2) or an answer (3), by the field of ProcessingRequest. */
export const headers = (at: number, pairs: Readonly<Record<string, string>>, end = false): Buffer =>
  field(
    at,
    Buffer.concat([
      field(1, Buffer.concat(Object.entries(pairs).map(([k, v]) => header(k, v)))),
      ...(end ? [number(3, 1)] : []),
    ]),
  );
export const body = (bytes: Buffer): Buffer => field(4, Buffer.concat([field(1, bytes), number(2, 1)]));

/** An agent asks its MCP server for something. */
export const asked = (point: ControlPoint, agent = 'triage'): Buffer =>
  headers(2, { ':method': 'POST', ':path': MCP, 'content-type': 'application/json', ...point.headers(agent) });
export const calls = (...what: Parameters<typeof call>): Buffer => body(Buffer.from(JSON.stringify(call(...what))));

/** The field of ProcessingResponse that a reply answers with; 7: with an answer of its own, which is a no. */
export const kindOf = (reply: Buffer): number => (reply[0] as number) >> 3;

/** A connection to a governor, as a gateway has it. */
export class Channel {
  private readonly client: Client;

  constructor(point: ControlPoint, port: number, identity = point.world.identities.gateway as Leaf) {
    const { cert, key, ca } = identity;
    const channel = credentials.createSsl(Buffer.from(point.world.pki.ca), Buffer.from(key), Buffer.from(cert));
    this.client = new Client(`127.0.0.1:${port}`, ca === '' ? credentials.createInsecure() : channel, {
      'grpc.ssl_target_name_override': GOVERNOR,
      'grpc.max_send_message_length': -1,
      // Each channel is a connection: clients of one process share it otherwise.
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  /** One exchange, through a door; null: it names none. @param seconds after which it is given up */
  open(door: string | null = 'back', seconds = 20) {
    const metadata = new Metadata();
    if (door !== null) metadata.set('firepit-door', door);
    const same = (bytes: Buffer): Buffer => bytes;
    return this.client.makeBidiStreamRequest(PATH, same, same, metadata, { deadline: Date.now() + seconds * 1000 });
  }

  close(): void {
    this.client.close();
  }
}
