import { Collector } from '../../../services/common/collector';
import { Spans } from '../../../services/governor/telemetry/spans';
import { config, decision } from '../governor/telemetry/example';

/** Port 9 of this machine, where nobody answers. */
const endpoint = { host: 'localhost', port: 9 };
const span = new Spans(config, 'replica-1').of(decision());

test.each([
  ['nobody answers', { endpoint }, 'UNAVAILABLE'],
  ['its certificate is missing', { endpoint, ca: '/etc/firepit/telemetry/none.crt' }, 'not sent: ENOENT'],
])('%s: lost, told, and nothing is thrown', async (_what, at, reason) => {
  const said: unknown[] = [];
  const note = (what: string) => (spans: number, why?: string) => void said.push([what, spans, why]);
  const collector = new Collector(at, { taken: note('taken'), refused: note('refused'), failed: note('failed') });
  const { code } = await new Promise<{ code: number }>((done) => collector.export([span, span], done));
  expect([code, said]).toEqual([1, [['failed', 2, reason]]]);
  await collector.shutdown();
});
