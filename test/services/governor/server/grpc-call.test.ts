import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  createServer,
  type Http2Server,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { framed } from '../../../../services/governor/server/frames';
import { Call, type GrpcHandler, STATUS } from '../../../../services/governor/server/grpc-call';

const MOST = 100;

let server: Http2Server;
let client: ClientHttp2Session;
let handled: (call: Call) => GrpcHandler;
beforeAll(async () => {
  server = createServer();
  server.on('stream', (stream, headers) => {
    const call = new Call(stream, headers, ['gateway'], MOST);
    call.start(handled(call));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterAll(async () => {
  client.close();
  await new Promise((resolve) => server.close(resolve));
});

interface Ended {
  readonly status: string;
  readonly message: string;
  readonly bytes: Buffer;
  readonly code: number;
}

const ask = (): { readonly stream: ClientHttp2Stream; readonly ended: Promise<Ended> } => {
  const stream = client.request({ ':method': 'POST', ':path': '/a/b', 'content-type': 'application/grpc' });
  const pieces: Buffer[] = [];
  const said: Record<string, unknown> = {};
  stream.on('response', (headers) => void Object.assign(said, headers));
  stream.on('trailers', (headers) => void Object.assign(said, headers));
  stream.on('data', (piece: Buffer) => void pieces.push(piece));
  // As callers of gRPC do: after the status they send nothing more.
  stream.on('end', () => void stream.end());
  stream.on('error', () => undefined);
  const ended = new Promise<Ended>((resolve) =>
    stream.on('close', () =>
      resolve({
        status: String(said['grpc-status']),
        message: String(said['grpc-message']),
        bytes: Buffer.concat(pieces),
        code: stream.rstCode,
      }),
    ),
  );
  return { stream, ended };
};

/** What became of a call, from inside. */
const inside = () => {
  const seen = { messages: [] as string[], overs: 0, atOnce: 0, most: 0 };
  let over: () => void = () => undefined;
  const isOver = new Promise<void>((resolve) => {
    over = resolve;
  });
  const handler = (message: (text: string) => Promise<void> | void, end: () => void = () => undefined) => ({
    async message(bytes: Buffer) {
      seen.most = Math.max(seen.most, ++seen.atOnce);
      seen.messages.push(bytes.toString());
      await message(bytes.toString());
      seen.atOnce--;
    },
    over() {
      seen.overs++;
      end();
      over();
    },
  });
  return { seen, handler, isOver };
};

test('messages are taken one by one in their order, and answered; the end of the caller is answered too', async () => {
  const { seen, handler } = inside();
  handled = (call) =>
    handler(
      async (text) => {
        await new Promise(setImmediate);
        call.write(Buffer.from(text.toUpperCase()));
      },
      () => call.end(STATUS.OK),
    );
  const { stream, ended } = ask();
  const texts = Array.from({ length: 20 }, (_, i) => `message ${i}`);
  const bytes = Buffer.concat(texts.map((text) => framed(Buffer.from(text))));
  for (let at = 0; at < bytes.length; at += 7) stream.write(bytes.subarray(at, at + 7));
  stream.end();
  const answer = await ended;
  expect(answer).toMatchObject({ status: '0', code: constants.NGHTTP2_NO_ERROR });
  expect(answer.bytes).toEqual(Buffer.concat(texts.map((text) => framed(Buffer.from(text.toUpperCase())))));
  expect(seen).toEqual({ messages: texts, overs: 1, atOnce: 0, most: 1 });
});

test.each<[string, Buffer, string]>([
  ['one that is too large', framed(Buffer.alloc(MOST + 1)), String(STATUS.RESOURCE_EXHAUSTED)],
  ['a compressed one', Buffer.of(1, 0, 0, 0, 1, 0), String(STATUS.INTERNAL)],
])('after %s nothing more is taken, and what still comes is dropped', async (_what, bad, status) => {
  const { seen, handler, isOver } = inside();
  handled = () => handler(() => undefined);
  const { stream, ended } = ask();
  stream.write(framed(Buffer.from('good')));
  stream.write(bad);
  stream.write(framed(Buffer.from('late')));
  await isOver;
  expect(await ended).toMatchObject({ status });
  expect(seen).toMatchObject({ messages: ['good'], overs: 1 });
});

test('an end in the middle of a message is no end', async () => {
  const { seen, handler } = inside();
  handled = (call) =>
    handler(
      () => undefined,
      () => call.end(STATUS.OK),
    );
  const { stream, ended } = ask();
  stream.end(framed(Buffer.from('cut off')).subarray(0, -1));
  expect(await ended).toMatchObject({ status: String(STATUS.INTERNAL), message: 'the last message is not whole' });
  expect(seen).toMatchObject({ messages: [], overs: 1 });
});

test('a call that was ended answers nothing more, and its reason arrives whatever is in it', async () => {
  const { seen, handler, isOver } = inside();
  handled = (call) =>
    handler(() => {
      call.write(Buffer.from('first'));
      call.end(STATUS.ABORTED, 'no: 100 % – never');
      call.write(Buffer.from('second'));
      call.end(STATUS.OK);
    });
  const { stream, ended } = ask();
  stream.write(framed(Buffer.from('one')));
  stream.write(framed(Buffer.from('two')));
  const { status, message, bytes } = await ended;
  await isOver;
  expect([status, decodeURIComponent(message)]).toEqual([String(STATUS.ABORTED), 'no: 100 % – never']);
  expect(bytes).toEqual(framed(Buffer.from('first')));
  expect(seen).toMatchObject({ messages: ['one'], overs: 1 });
});

test('a caller that goes away while its message is judged is known to be gone', async () => {
  const { seen, handler, isOver } = inside();
  const { stream, ended } = (() => {
    handled = () =>
      handler(async () => {
        asked.stream.close(constants.NGHTTP2_CANCEL);
        await isOver;
      });
    const asked = ask();
    return asked;
  })();
  stream.write(framed(Buffer.from('one')));
  await isOver;
  await ended;
  expect(seen).toMatchObject({ messages: ['one'], overs: 1 });
});

test('a message that cannot be taken ends the call as failed', async () => {
  const { handler } = inside();
  handled = () => handler(() => Promise.reject(new Error('a secret')));
  const { stream, ended } = ask();
  stream.write(framed(Buffer.from('one')));
  const { status, message } = await ended;
  expect(status).toBe(String(STATUS.INTERNAL));
  expect(message).not.toContain('secret');
});
