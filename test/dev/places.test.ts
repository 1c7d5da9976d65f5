import { withLoopbackUpstreams } from '../../dev/places';
import { contextOf } from '../../lib/context';
import { gatewayFiles } from '../../lib/gateway/gateway-bootstrap';
import { desk } from '../support/desk';

const GUARD = 'envoy.filters.http.upstream_rbac';
interface Found {
  readonly name: string;
  readonly typed_config: { readonly rules: { readonly policies: object } };
}
const guards = (value: unknown): Found[] => {
  if (typeof value !== 'object' || value === null) return [];
  if ('name' in value && value.name === GUARD) return [value as Found];
  return Object.values(value).flatMap(guards);
};

test('every upstream may be on loopback and nowhere else, and nothing but that changes', () => {
  const bootstrap = JSON.parse(gatewayFiles(contextOf(desk()))['envoy.json'] ?? '');
  const moved = withLoopbackUpstreams(bootstrap);
  expect(guards(bootstrap).length).toBeGreaterThan(2);
  expect(guards(moved)).toHaveLength(guards(bootstrap).length);
  for (const guard of guards(moved)) {
    expect(JSON.stringify(guard)).toContain('"upstream_ip":{"address_prefix":"127.0.0.1","prefix_len":32}');
    expect(JSON.stringify(guard).match(/prefix_len/g)).toHaveLength(1);
  }
  const without = (text: string): string =>
    JSON.stringify(JSON.parse(text), (_, value) => (value?.name === GUARD ? GUARD : value));
  expect(without(JSON.stringify(moved))).toBe(without(JSON.stringify(bootstrap)));
});
