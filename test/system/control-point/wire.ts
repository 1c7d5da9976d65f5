import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Entry } from '../../../contract';

/** What a test does when entries pass on the wire. */
export interface Hooks {
  /** Before the database is asked. @returns whether the question goes on */
  asked?(entries: readonly Entry[]): boolean | Promise<boolean>;
  /** The question has left. */
  sent?(entries: readonly Entry[]): void;
  /** The database has said that it keeps these. @returns whether its answer goes on */
  kept?(entries: readonly Entry[]): boolean;
  /** The answer has left. */
  told?(entries: readonly Entry[]): void;
}

/** Sync, Query and Terminate: a client's turn ends with them. */
const QUESTIONS = [0x53, 0x51, 0x58];
const BIND = 0x42;
const READY = 0x5a;
const ROW = 0x44;
/** Place of the entries among the parameters of the statement that appends. */
const ENTRIES = 4;

/** Messages of the PostgreSQL protocol: a type, a length that counts itself, and what follows. */
function* messages(bytes: Buffer): Generator<readonly [type: number, body: Buffer]> {
  for (let at = 0; at < bytes.length; at += 1 + bytes.readUInt32BE(at + 1))
    yield [bytes[at] as number, bytes.subarray(at + 5, at + 1 + bytes.readUInt32BE(at + 1))];
}

/** The entries that a question wants to be kept: parameters of the prepared statement `append`. */
function entriesIn(question: Buffer): Entry[] {
  for (const [type, body] of messages(question)) {
    if (type !== BIND) continue;
    const portal = body.indexOf(0);
    const statement = body.indexOf(0, portal + 1);
    if (body.toString('utf8', portal + 1, statement) !== 'append') continue;
    let at = statement + 3 + 2 * body.readUInt16BE(statement + 1) + 2;
    for (let i = 0; i < ENTRIES; i++) at += 4 + Math.max(0, body.readInt32BE(at));
    const text = body.toString('utf8', at + 4, at + 4 + body.readInt32BE(at));
    return text.split('\n').map((line) => JSON.parse(line) as Entry);
  }
  return [];
}

/** Which of them are kept now: the first column says the index of each, or why it is not there. */
function keptOf(entries: readonly Entry[], answer: Buffer): Entry[] {
  for (const [type, body] of messages(answer)) {
    if (type !== ROW) continue;
    const said = body.toString('utf8', 6, 6 + body.readInt32BE(2)).split(',');
    return entries.filter((_, i) => /^\d+$/.test(said[i] ?? ''));
  }
  return [];
}

/** Bytes up to the end of the first message of such a type; 0 where it is not whole yet. */
function endOf(bytes: Buffer, types: readonly number[]): number {
  for (let at = 0; bytes.length >= at + 5; ) {
    const type = bytes[at] as number;
    at += 1 + bytes.readUInt32BE(at + 1);
    if (bytes.length >= at && types.includes(type)) return at;
  }
  return 0;
}
/** A client's first message has no type. */
const endOfFirst = (bytes: Buffer): number =>
  bytes.length >= 4 && bytes.length >= bytes.readUInt32BE(0) ? bytes.readUInt32BE(0) : 0;

/** Between a governor and its PostgreSQL: sees every entry that is asked to be kept, and every answer to that. */
export class Wire {
  hooks: Hooks = {};
  /** No question goes on before this resolves. */
  held: Promise<void> | undefined;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  constructor(private readonly database: number) {
    this.server = createServer((socket) => this.serve(socket));
  }

  /** @returns where the governor finds its database */
  async listen(): Promise<number> {
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done));
    return (this.server.address() as AddressInfo).port;
  }
  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private keep(socket: Socket): Socket {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
    return socket;
  }

  private serve(client: Socket): void {
    const server = connect(this.database, '127.0.0.1');
    for (const [one, other] of [
      [this.keep(client), this.keep(server)],
      [server, client],
    ] as const)
      one.on('close', () => other.destroy());
    /** What the question under way asks to be kept: a client waits for the answer before it asks again. */
    let entries: Entry[] = [];
    let work = Promise.resolve();
    const ask = async (question: Buffer, first: boolean): Promise<void> => {
      entries = first ? [] : entriesIn(question);
      await this.held;
      if (entries.length > 0 && (await this.hooks.asked?.(entries)) === false) return;
      server.write(question);
      if (entries.length > 0) this.hooks.sent?.(entries);
    };
    const answer = (said: Buffer): void => {
      const kept = keptOf(entries, said);
      entries = [];
      if (kept.length > 0 && this.hooks.kept?.(kept) === false) return;
      client.write(said);
      if (kept.length > 0) this.hooks.told?.(kept);
    };
    let first = true;
    let asked = Buffer.alloc(0);
    client.on('data', (chunk: Buffer) => {
      asked = Buffer.concat([asked, chunk]);
      for (let end = -1; end !== 0; ) {
        end = first ? endOfFirst(asked) : endOf(asked, QUESTIONS);
        const question = asked.subarray(0, end);
        const opening = first;
        asked = asked.subarray(end);
        first &&= end === 0;
        if (end > 0) work = work.then(() => ask(question, opening));
      }
    });
    let answered = Buffer.alloc(0);
    server.on('data', (chunk: Buffer) => {
      answered = Buffer.concat([answered, chunk]);
      const end = endOf(answered, [READY]);
      if (end > 0) answer(answered.subarray(0, end));
      answered = answered.subarray(end);
    });
  }
}
