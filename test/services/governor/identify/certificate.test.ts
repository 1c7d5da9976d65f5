import { certificateName } from '../../../../services/governor/identify/certificate';

const name = (...values: string[]): string =>
  certificateName(values.map((value) => ['x-forwarded-client-cert', value]));
const HASH = `Hash=${'a'.repeat(64)}`;

test('the one name in the certificate that Envoy verified', () => {
  expect(name(`${HASH};DNS=triage.desk.svc`)).toBe('triage.desk.svc');
});

test.each<[string, string[]]>([
  ['no header', []],
  ['two headers', [`${HASH};DNS=a`, `${HASH};DNS=b`]],
  ['two certificates', [`${HASH};DNS=a,${HASH};DNS=b`]],
  ['two names', [`${HASH};DNS=a;DNS=b`]],
  ['no name', [HASH]],
  ['an empty name', [`${HASH};DNS=`]],
  ['a quoted name', [`${HASH};DNS="a;DNS=b"`]],
  ['another field', [`${HASH};URI=spiffe://a;Subject=CN=triage`]],
])('nobody: %s', (_what, values) => {
  expect(() => name(...values)).toThrow(/unidentified|header-mismatch/);
});
