import { traceOf } from '../../../services/governor/trace';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const header = (...values: string[]) => values.map((value): [string, string] => ['traceparent', value]);

test.each([`00-${TRACE}-b7ad6b7169203331-01`, `42-${TRACE}-b7ad6b7169203331-01-more`])('%s names a trace', (value) =>
  expect(traceOf(header(value))).toEqual({ trace: TRACE, span: 'b7ad6b7169203331' }),
);

test.each([
  ['nothing', []],
  ['two', header(`00-${TRACE}-b7ad6b7169203331-01`, `00-${TRACE}-b7ad6b7169203331-01`)],
  ['zeros', header(`00-${'0'.repeat(32)}-b7ad6b7169203331-01`)],
  ['the version that is none', header(`ff-${TRACE}-b7ad6b7169203331-01`)],
  ['upper case', header(`00-${TRACE.toUpperCase()}-b7ad6b7169203331-01`)],
  ['text before', header(`x00-${TRACE}-b7ad6b7169203331-01`)],
])('%s is no trace', (_, headers) => expect(traceOf(headers)).toBeUndefined());
