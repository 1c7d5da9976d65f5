import { describe, expect, test } from '@jest/globals';
import { analyzed, carries } from '../../../proof/network/analyzer';
import { cellsOf } from '../../../proof/network/matrix';
import { desk } from '../../support/desk';
import { objectsOf } from '../../support/environment';

describe('what the analyzer says', () => {
  test.each([
    ['All Connections', 'UDP', 7, true],
    ['TCP 443', 'TCP', 443, true],
    ['TCP 443', 'UDP', 443, false],
    ['TCP 443', 'TCP', 44, false],
    ['SCTP 1-65535,TCP 1-52,54-65535,UDP 53', 'TCP', 54, true],
    ['SCTP 1-65535,TCP 1-52,54-65535,UDP 53', 'TCP', 53, false],
    ['SCTP 1-65535,TCP 1-52,54-65535,UDP 53', 'UDP', 53, true],
    ['No Connections', 'TCP', 1, false],
  ] as const)('%s: %s %i %s', (conn, protocol, port, expected) => {
    expect(carries(conn, { protocol, port })).toBe(expected);
  });

  test('a program that is not there is an error, never a matrix', () => {
    const declaration = desk();
    expect(() => analyzed('/nowhere/netpolicy', objectsOf(declaration), cellsOf(declaration))).toThrow(
      /^\/nowhere\/netpolicy list: .*ENOENT/,
    );
  });
});
