import { isEventStream } from '../../../../services/governor/server/events';

const TYPE = 'content-type';

test.each<[string, boolean, readonly (readonly [string, string])[]]>([
  ['events', true, [[TYPE, 'text/event-stream']]],
  ['events with a charset', true, [[TYPE, 'text/event-stream; charset=utf-8']]],
  [
    'events that say that nothing encodes them',
    true,
    [
      [TYPE, 'text/event-stream'],
      ['content-encoding', 'identity'],
    ],
  ],
  ['JSON', false, [[TYPE, 'application/json']]],
  ['no type', false, []],
  [
    'two types',
    false,
    [
      [TYPE, 'text/event-stream'],
      [TYPE, 'application/json'],
    ],
  ],
  [
    'compressed events',
    false,
    [
      [TYPE, 'text/event-stream'],
      ['content-encoding', 'gzip'],
    ],
  ],
  [
    'two encodings',
    false,
    [
      [TYPE, 'text/event-stream'],
      ['content-encoding', 'identity'],
      ['content-encoding', 'gzip'],
    ],
  ],
])('%s', (_what, stream, headers) => {
  expect(isEventStream(headers)).toBe(stream);
});
