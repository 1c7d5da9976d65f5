import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { z } from 'zod';
import { type Expectation, explained } from './_check';
import { cidrProblem } from './cidr';

const LABEL = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
const HOST = new RegExp(`^(${LABEL}\\.)+[a-z]([-a-z0-9]{0,61}[a-z0-9])?$`);
/** Names of the services that hand out a node's own credentials. */
const METADATA = new Set([
  'metadata.google.internal',
  'metadata.goog',
  'instance-data.ec2.internal',
  'metadata.azure.internal',
  'metadata.tencentyun.com',
]);
const EXPECTED = 'a DNS name, without scheme, port, path, wildcard or address';
const NEVER_METADATA: Expectation = {
  expected: "never a loopback or metadata address: it hands out the node's own credentials",
  fix: 'name the upstream itself, and give it a credential of its own through auth',
};

const isAddress = (value: string): boolean =>
  isIP(value.replace(/^\[|\]$/g, '')) > 0 || /^(0x[0-9a-f]+|\d+)(\.(0x[0-9a-f]+|\d+)){0,3}$/i.test(value);

const address = (value: string): Expectation => {
  const bare = value.replace(/^\[|\]$/g, '');
  const version = isIP(bare);
  const range = `${bare}/${version === 6 ? 128 : 32}`;
  if (version > 0 && cidrProblem(range) !== undefined) return NEVER_METADATA;
  return {
    expected: EXPECTED,
    fix:
      version > 0
        ? `certificates are checked by name: Private.host('db.internal.example.com', { cidrs: ['${range}'] })`
        : 'write the DNS name of the upstream',
  };
};

/** What is most likely meant, by what is wrong; the first that applies. */
const MISTAKES: readonly (readonly [RegExp, string])[] = [
  [/^https?:\/\//i, 'leave the scheme out: TLS is always used, plain HTTP has no spelling'],
  [/:\/\/|^[a-z]+:[^0-9]/i, 'leave the scheme out'],
  [/\*/, 'name each host: a wildcard opens more than a reviewer can see'],
  [/@/, 'leave the user out: credentials go through auth'],
  [/[/?#]/, 'leave the path out'],
  [/:\d*$/, 'leave the port out of the name and set it as port'],
  [/\.svc(\.cluster\.local)?\.?$/, 'use InCluster.service for a Service of this cluster'],
  [/(^|\.)(local|localhost)\.?$/, 'a name of the local machine or link is nothing a gateway may reach'],
  [/\.$/, 'leave the last dot out'],
];

/** Why a string is no host of an upstream, or undefined. */
export function hostProblem(value: string): Expectation | undefined {
  if (METADATA.has(value.toLowerCase().replace(/\.$/, ''))) return NEVER_METADATA;
  if (value.length <= 253 && isAddress(value)) return address(value);
  const mistake = MISTAKES.find(([pattern]) => pattern.test(value));
  if (mistake !== undefined) return { expected: EXPECTED, fix: mistake[1] };
  if (value.length <= 253 && HOST.test(value)) return undefined;
  const ascii = value.length <= 253 ? domainToASCII(value) : '';
  return { expected: EXPECTED, fix: HOST.test(ascii) ? `did you mean '${ascii}'?` : 'write it as api.example.com' };
}

/** A public DNS name people or agents use. */
export const hostSchema = explained(z.string(), hostProblem, {
  expected: EXPECTED,
  fix: 'write it as api.example.com',
});

const URL_EXPECTED = {
  expected: 'an https:// URL with a DNS name, without query',
  fix: 'write the URL as the issuer publishes it',
};
const SERVICE = new RegExp(`^${LABEL}\\.${LABEL}\\.svc\\.cluster\\.local$`);
const urlProblem = (value: string, isKnown: (host: string) => boolean): Expectation | undefined => {
  const [whole, host = ''] = /^https:\/\/([^/:@]+)(:[1-9]\d{0,4})?(\/[!-~]*)?$/.exec(value) ?? [];
  if (whole === undefined || /[*?#]/.test(value)) return URL_EXPECTED;
  const problem = isKnown(host) ? undefined : hostProblem(host);
  return problem === undefined ? undefined : { ...URL_EXPECTED, fix: problem.fix };
};

/** A URL of an identity or log service. */
export const httpsUrl = explained(z.string(), (value) => urlProblem(value, () => false), URL_EXPECTED);

/** Whether a host is the name of a Service, in full. */
export const isService = (host: string): boolean => SERVICE.test(host);
/** A URL of an identity provider of people, which may be a Service of the cluster. */
export const issuerUrl = explained(z.string(), (value) => urlProblem(value, isService), URL_EXPECTED);
