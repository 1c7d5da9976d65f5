import { Denial } from '../denial';
import { type Headers, one } from '../parse/headers';

const unidentified = (what: string): Denial => new Denial('unidentified', what);

/**
 * The DNS name in the caller's certificate. Envoy verified it and wrote the header, in place of whatever the caller
 * sent (`SANITIZE_SET`): one certificate, one name, or nobody.
 */
export function certificateName(headers: Headers): string {
  const value = one(headers, 'x-forwarded-client-cert');
  if (value === undefined) throw unidentified('no client certificate');
  if (/[,"\\]/.test(value)) throw unidentified('more than one certificate, or one with an unusual name');
  const names = value.split(';').flatMap((pair) => {
    const [key = '', ...rest] = pair.split('=');
    return key.toLowerCase() === 'dns' ? [rest.join('=')] : [];
  });
  const [name, ...more] = names;
  if (name === undefined || name === '' || more.length > 0)
    throw unidentified('the certificate does not have one name');
  return name;
}
