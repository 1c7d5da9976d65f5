import { join } from 'node:path';
import { type Enclosure, runWithin } from './enclosure';

/** Addresses that stand for the outside; every other address that is not the cluster's leads there too. */
export const OUTSIDE = { v4: '203.0.113.10', v6: '2001:db8::10', metadata: '169.254.169.254' } as const;

/** A flow that arrived outside. */
export interface Arrival {
  readonly from: string;
  readonly to: string;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  readonly packets: number;
}

// Answers every connection with one line and sends back what it is sent; one process for TCP, one for UDP.
const LISTENER = `
require('net').createServer((s) => { s.on('error', () => {}); s.write('outside\\n'); s.pipe(s); }).listen(7, '::');
for (const [type, at] of [['udp4', '0.0.0.0'], ['udp6', '::']]) {
  const u = require('dgram').createSocket({ type, ipv6Only: type === 'udp6' });
  u.on('message', (m, r) => u.send(m, r.port, r.address));
  u.bind(7, at);
}`;

/** Gives the cluster an outside that it cannot tell from the internet, and from which nothing goes on. */
export function standInForOutside(enclosure: Enclosure): void {
  enclosure.must('sh', [join(__dirname, 'outside.sh')]);
  enclosure.start('outside', 'ip', ['netns', 'exec', 'outside', process.execPath, '-e', LISTENER]);
}

interface Element {
  readonly elem: {
    readonly val: { readonly concat: readonly [string, string, 'tcp' | 'udp', number] };
    readonly counter: { readonly packets: number };
  };
}

const inOutside = (folder: string, ...args: readonly string[]): string => {
  const { ok, out } = runWithin(folder, 'ip', ['netns', 'exec', 'outside', 'nft', ...args]);
  if (!ok) throw new Error(`the outside of the cluster in ${folder} does not answer: ${out.trim()}`);
  return out;
};

/** Every flow that reached the outside since the cluster started or `forgetArrivals` was called. */
export function arrivals(folder: string): Arrival[] {
  return ['seen4', 'seen6'].flatMap((name) => {
    const { nftables } = JSON.parse(inOutside(folder, '-j', 'list', 'set', 'inet', 'outside', name));
    const elements: Element[] = nftables.find((part: { set?: object }) => part.set !== undefined).set.elem ?? [];
    return elements.map(({ elem: { val, counter } }) => {
      const [from, to, protocol, port] = val.concat;
      return { from, to, protocol, port, packets: counter.packets };
    });
  });
}

export function forgetArrivals(folder: string): void {
  for (const name of ['seen4', 'seen6']) inOutside(folder, 'flush', 'set', 'inet', 'outside', name);
}
