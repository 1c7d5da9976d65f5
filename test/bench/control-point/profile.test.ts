import { sharesOf } from '../../../bench/control-point/profile';

const frame = (functionName: string, url = '') => ({ functionName, url });

test('the innermost frame that belongs to a part decides; idle time and the start do not count', () => {
  const nodes = [
    { id: 1, callFrame: frame('(root)'), children: [2, 3, 4, 7, 8] },
    { id: 2, callFrame: frame('(idle)') },
    { id: 3, callFrame: frame('(garbage collector)') },
    { id: 4, callFrame: frame('judge', 'file:///x/services/governor/decide.js'), children: [5] },
    { id: 5, callFrame: frame('decide', 'file:///x/services/governor/authorize/cedar.js'), children: [6] },
    { id: 6, callFrame: frame('helper', 'file:///x/node_modules/other/index.js') },
    { id: 7, callFrame: frame('wrapSafe', 'node:internal/modules/cjs/loader') },
    { id: 8, callFrame: frame('writev', 'node:internal/stream_base_commons') },
  ];
  const samples = [2, 3, 4, 6, 6, 7, 8];
  expect(sharesOf({ nodes, samples, timeDeltas: [900, 10, 20, 30, 30, 500, 10] })).toEqual([
    ['policies (Cedar)', 60],
    ['the rest', 20],
    ['memory management', 10],
    ['network: HTTP/2, TLS, streams', 10],
  ]);
});
