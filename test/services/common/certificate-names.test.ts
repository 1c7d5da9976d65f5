import { expect, test } from '@jest/globals';
import { dnsNames } from '../../../services/common/certificate-names';

test.each<[string | undefined, string[]]>([
  ['DNS:gateway.desk-control.svc', ['gateway.desk-control.svc']],
  ['DNS:a.svc, IP Address:192.0.2.1, DNS:b.svc', ['a.svc', 'b.svc']],
  ['URI:spiffe://desk/DNS:a.svc', []],
  ['', []],
  [undefined, []],
])('DNS names of %s', (written, names) => {
  expect(dnsNames(written)).toEqual(names);
});
