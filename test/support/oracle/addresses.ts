/** Addresses as big numbers, both families. */
interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

const v4 = (text: string): bigint | undefined => {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((p) => /^\d{1,3}$/.test(p) && Number(p) < 256)) return undefined;
  return parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n);
};

const v6 = (text: string): bigint | undefined => {
  if (!/^[0-9a-f:]+$/i.test(text) || !text.includes(':')) return undefined;
  const [head = '', tail] = text.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = 8 - left.length - right.length;
  if (gap < 0 || (tail === undefined && gap !== 0)) return undefined;
  const groups = [...left, ...Array<string>(gap).fill('0'), ...right];
  return groups.reduce((sum, group) => sum * 65536n + BigInt(`0x${group || '0'}`), 0n);
};

const address = (text: string): Address | undefined => {
  const four = v4(text);
  if (four !== undefined) return { bits: 32, value: four };
  const six = v6(text);
  return six === undefined ? undefined : { bits: 128, value: six };
};

const blocks = new Map<string, { bits: number; first: bigint; last: bigint } | undefined>();
const block = (cidr: string): { bits: number; first: bigint; last: bigint } | undefined => {
  if (!blocks.has(cidr)) blocks.set(cidr, parse(cidr));
  return blocks.get(cidr);
};
const parse = (cidr: string): { bits: number; first: bigint; last: bigint } | undefined => {
  const [base = '', mask = ''] = cidr.split('/');
  const at = address(base);
  const length = Number(mask);
  if (at === undefined || !/^\d+$/.test(mask) || length > at.bits) return undefined;
  const size = 1n << BigInt(at.bits - length);
  const first = (at.value / size) * size;
  return { bits: at.bits, first, last: first + size - 1n };
};

export const isCidr = (text: string): boolean => block(text) !== undefined;

const answers = new Map<string, boolean>();
/** Whether an address lies in a range. */
export const inside = (ip: string, cidr: string): boolean => {
  const key = `${ip} ${cidr}`;
  const before = answers.get(key);
  if (before !== undefined) return before;
  const answer = lies(ip, cidr);
  answers.set(key, answer);
  return answer;
};
const lies = (ip: string, cidr: string): boolean => {
  const at = address(ip);
  const range = block(cidr);
  return (
    at !== undefined &&
    range !== undefined &&
    at.bits === range.bits &&
    at.value >= range.first &&
    at.value <= range.last
  );
};

export const overlap = (a: string, b: string): boolean => {
  const one = block(a);
  const two = block(b);
  return (
    one !== undefined && two !== undefined && one.bits === two.bits && one.first <= two.last && two.first <= one.last
  );
};

/** The first address of a range. */
export const firstOf = (cidr: string): string => cidr.split('/')[0] ?? '';
