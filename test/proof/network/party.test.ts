import { describe, expect, test } from '@jest/globals';
import { firstHost, nextDoor, partiesOf } from '../../../proof/network/party';
import { relocated } from '../../../proof/network/relocated';
import { changed, desk, openshiftDesk } from '../../support/desk';

describe('addresses that stand for ranges', () => {
  test.each([
    ['10.20.0.0/24', '10.20.0.1', '10.20.1.0'],
    ['10.30.0.8/29', '10.30.0.9', '10.30.0.16'],
    ['192.168.10.10/32', '192.168.10.10', '192.168.10.11'],
    ['10.255.255.0/24', '10.255.255.1', '11.0.0.0'],
    ['255.255.255.255/32', '255.255.255.255', undefined],
    ['fd12:3456::/48', 'fd12:3456::1', undefined],
    ['fd12:3456::8/125', 'fd12:3456::9', undefined],
    ['fd12:3456::8/128', 'fd12:3456::8', undefined],
  ])('%s', (cidr, inside, beyond) => {
    expect(firstHost(cidr)).toBe(inside);
    expect(nextDoor(cidr)).toBe(beyond);
  });
});

describe('parties', () => {
  const ids = (declaration = desk()): string[] => partiesOf(declaration).map(({ id }) => id);

  test('have one name and one place each', () => {
    for (const declaration of [desk(), openshiftDesk()]) {
      const names = ids(declaration);
      expect(new Set(names).size).toBe(names.length);
      expect(names).toEqual(
        expect.arrayContaining([
          'agent triage',
          'agent triage, quarantined',
          'gateway',
          'governor',
          'ledger',
          'metadata',
        ]),
      );
    }
  });

  test('an upstream declared twice is asked once', () => {
    const twice = changed((draft) => {
      draft.tools.again = structuredClone(draft.tools.tickets);
    });
    expect(ids(twice)).toEqual(ids());
  });
});

describe('a copy somewhere else', () => {
  const original = desk();
  const copy = relocated(original, 'copy');
  const namespaces = (declaration = copy): string[] =>
    partiesOf(declaration).flatMap(({ at }) => (at.kind === 'pod' ? [at.namespace] : []));

  test('shares no namespace with the original but that of Falco', () => {
    expect(copy.name).toBe('copy');
    const shared = new Set(namespaces().filter((namespace) => namespaces(original).includes(namespace)));
    expect([...shared]).toEqual(['firepit-system']);
  });

  test('keeps what stood together together', () => {
    expect(new Set(namespaces()).size).toBe(new Set(namespaces(original)).size);
  });

  test('asks the same', () => {
    expect(partiesOf(copy).map(({ id }) => id)).toEqual(partiesOf(original).map(({ id }) => id));
  });
});
