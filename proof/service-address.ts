import type { Requests } from './requests';
import type { Loose } from './subject';

/** ClusterIPs that Services have. */
export async function takenAddresses({ api }: Requests): Promise<ReadonlySet<string>> {
  const { ok, body } = await api.get('/api/v1/services');
  const items: Loose[] = ok ? (body.items ?? []) : [];
  return new Set(items.flatMap(({ spec }) => spec.clusterIPs ?? [spec.clusterIP]));
}

/**
 * A free ClusterIP beside a reserved one, for the gateway of a copy: the declared address is the environment's own.
 * @returns undefined where its neighbourhood is full
 */
export function freeAddress(declared: string, taken: ReadonlySet<string>): string | undefined {
  const [base, digits] = declared.includes(':') ? [16, /[0-9a-f]*$/i] : [10, /\d+$/];
  const last = digits.exec(declared)?.[0] ?? '';
  const stem = declared.slice(0, declared.length - last.length);
  const start = Number.parseInt(last || '0', base);
  // The first and last addresses of a range are nobody's.
  for (let n = 1; n < 250; n++) {
    const address = `${stem}${(((start + n - 1) % 254) + 1).toString(base)}`;
    if (address !== declared && !taken.has(address)) return address;
  }
  return undefined;
}
