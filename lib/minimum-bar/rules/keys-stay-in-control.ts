import { entriesOf } from '../../entries';
import { COMPONENTS, objectName } from '../../names';
import type { Manifest, Problem, Rule } from '../types';
import { at, record, records, same, show, strings } from '../values';
import type { View } from '../view';

const GROUP = 'cert-manager.io';

/** DNS names that the certificate in a Secret may carry. */
const namesOf = (view: View): ReadonlyMap<string, readonly string[]> => {
  const { declaration, names } = view;
  return new Map([
    ...COMPONENTS.map((c) => [`${c}-tls`, [names.service(c)]] as const),
    ...entriesOf(declaration).map((e) => [`${e.name}-front-tls`, e.certificate.dnsNames] as const),
    ...Object.keys(declaration.agents).map((a) => [`agent-${objectName(a)}-tls`, [names.agentHost(a)]] as const),
    ...view.ownModels.map(([m]) => [`model-${objectName(m)}-tls`, [names.modelHost(m)]] as const),
  ]);
};

/** Secrets that hold keys of authorities: what Issuers sign with, and what CA certificates are put into. */
const authorities = (view: View): ReadonlySet<string> =>
  new Set(
    [
      ...view.all(GROUP, 'Issuer').map((i) => at(i.spec, 'ca', 'secretName')),
      ...view
        .all(GROUP, 'Certificate')
        .filter((c) => record(c.spec).isCA === true)
        .map((c) => record(c.spec).secretName),
    ].filter((n): n is string => typeof n === 'string'),
  );

const certificateProblems = (view: View, object: Manifest): Problem[] => {
  const spec = record(object.spec);
  const out: Problem[] = [];
  const here = (path: string, problem: string): void => {
    out.push({ object, path: `spec.${path}`, problem });
  };
  if (object.metadata?.namespace !== view.names.control)
    out.push({ object, path: 'metadata.namespace', problem: 'its key is made outside the control namespace' });
  if (spec.secretTemplate !== undefined) here('secretTemplate', 'it marks its Secret for others, who may copy it');
  if (spec.isCA === true) {
    const usages = strings(spec.usages);
    return usages.includes('cert sign') && strings(spec.dnsNames).length === 0
      ? out
      : [...out, { object, path: 'spec', problem: 'an authority is a server as well' }];
  }
  const wanted = namesOf(view).get(String(spec.secretName));
  if (wanted === undefined || !same(strings(spec.dnsNames), wanted))
    here('dnsNames', `${show(spec.secretName)} carries the names ${show(spec.dnsNames)}, not ${show(wanted)}`);
  for (const field of [
    'commonName',
    'ipAddresses',
    'uris',
    'emailAddresses',
    'otherNames',
    'subject',
    'literalSubject',
    'keystores',
  ])
    if (spec[field] !== undefined) here(field, `it carries ${field} beside its DNS name`);
  if (strings(spec.usages).some((u) => /cert sign|crl sign|any/.test(u))) here('usages', 'it may sign certificates');
  return out;
};

const issuerProblems = (view: View, object: Manifest): Problem[] => {
  const spec = record(object.spec);
  const kinds = Object.keys(spec);
  const out: Problem[] = [];
  if (object.metadata?.namespace !== view.names.control)
    out.push({ object, path: 'metadata.namespace', problem: 'it issues outside the control namespace' });
  const own = view.all(GROUP, 'Certificate').filter((c) => record(c.spec).isCA === true);
  if (spec.ca !== undefined && !own.some((c) => record(c.spec).secretName === at(spec.ca, 'secretName')))
    out.push({ object, path: 'spec.ca.secretName', problem: "it signs with a key that is not the environment's own" });
  if (kinds.some((k) => k !== 'ca' && k !== 'selfSigned'))
    out.push({ object, path: 'spec', problem: `it issues by ${kinds.join(', ')}` });
  return out;
};

/** Leaves of the environment come from its own authority. */
const foreignIssuers = (view: View): Problem[] => {
  const own = view
    .all(GROUP, 'Issuer')
    .filter((i) => at(i.spec, 'ca') !== undefined)
    .map((i) => i.metadata?.name);
  const fronts = new Map(
    entriesOf(view.declaration).map(({ name, certificate }) => [`${name}-front-tls`, certificate.issuer]),
  );
  return view
    .all(GROUP, 'Certificate')
    .filter((c) => record(c.spec).isCA !== true)
    .filter((c) => {
      const ref = record(record(c.spec).issuerRef);
      const front = fronts.get(String(record(c.spec).secretName));
      const internal = (ref.kind === undefined || ref.kind === 'Issuer') && own.includes(String(ref.name));
      return !(front === undefined ? internal : ref.kind === front.kind && ref.name === front.name);
    })
    .map((object) => ({
      object,
      path: 'spec.issuerRef',
      problem: `${show(record(object.spec).issuerRef)} issues it, not the environment's authority`,
    }));
};

/** No pod holds the key of an authority. */
const mounted = (view: View): Problem[] => {
  const keys = authorities(view);
  return view.pods.flatMap((pod) =>
    records(pod.spec.volumes).flatMap((v, i) => {
      const names = [
        at(v, 'secret', 'secretName'),
        ...records(at(v, 'projected', 'sources')).map((s) => at(s, 'secret', 'name')),
      ];
      return names.some((n) => keys.has(String(n)))
        ? [{ object: pod.owner, path: pod.at(`volumes[${i}]`), problem: 'it holds the key of a certificate authority' }]
        : [];
    }),
  );
};

const complete = (view: View): Problem[] => {
  const wanted = [...namesOf(view).keys()].filter(
    (name) => name !== 'postgres-tls' || view.component('postgres').length > 0,
  );
  const made = new Set(view.all(GROUP, 'Certificate').map((c) => record(c.spec).secretName));
  return wanted
    .filter((name) => !made.has(name))
    .map((name) => ({
      object: `Certificate ${view.names.control}/${name}`,
      path: '',
      problem: 'it is not among the objects',
    }));
};

export const rule: Rule = {
  id: 'keys-stay-in-control',
  layer: 'identity',
  info: 'A certificate names somebody else, is signed by somebody else, or a key of an authority is within reach of a pod.',
  explanation:
    'certificates are how parts know each other: with one wrong name an agent is the governor, with the key of the authority it is anybody',
  fix: 'leave Certificates and Issuers as the environment writes them, all in the control namespace',
  check: (view) => [
    ...view.all(GROUP, 'Certificate').flatMap((c) => certificateProblems(view, c)),
    ...view.all(GROUP, 'Issuer').flatMap((i) => issuerProblems(view, i)),
    ...foreignIssuers(view),
    ...mounted(view),
    ...complete(view),
  ],
};
