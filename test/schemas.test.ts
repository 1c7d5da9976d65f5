import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import { parse } from 'yaml';
import { SupplyChain } from '../lib';
import { changed, desk, openshiftDesk } from './support/desk';
import { objectsOf } from './support/environment';
import { plainContracts } from './support/own-models';
import { ATTESTED, EVERY_SIGNER } from './support/signers';
import { deskAs } from './support/workloads';

/**
 * Custom resources against the schemas of their CustomResourceDefinitions, unknown fields refused. The definitions
 * are other projects' files: FIREPIT_CRDS names a folder that holds them, one file a definition.
 */
const folder = process.env.FIREPIT_CRDS ?? '';
const present = folder !== '' && existsSync(folder);

if (!present)
  process.stderr.write('test/schemas: skipped: FIREPIT_CRDS names no folder with CustomResourceDefinitions\n');

type Schema = Record<string, unknown>;
interface Version {
  readonly name: string;
  readonly schema: { readonly openAPIV3Schema: Schema };
}

/** Patterns are RE2; the few that JavaScript cannot read are left to the API server. */
const readable = (key: string, value: unknown): boolean => {
  if (key !== 'pattern') return value !== undefined;
  try {
    return value !== undefined && new RegExp(String(value)) !== undefined;
  } catch {
    return false;
  }
};

/** OpenAPI v3 as JSON Schema: what has properties and preserves nothing else knows no other fields. */
const strict = (schema: Schema): Schema => {
  if (schema['x-kubernetes-int-or-string'] === true) return { anyOf: [{ type: 'integer' }, { type: 'string' }] };
  const { properties, items, additionalProperties, type } = schema;
  const kept = Object.fromEntries(
    [
      'type',
      'required',
      'enum',
      'pattern',
      'minimum',
      'maximum',
      'minItems',
      'maxItems',
      'minLength',
      'maxLength',
    ].flatMap((k) => (readable(k, schema[k]) ? [[k, schema[k]]] : [])),
  );
  const closed =
    properties !== undefined && type === 'object' && schema['x-kubernetes-preserve-unknown-fields'] !== true;
  return {
    ...kept,
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties as Schema).map(([k, v]) => [k, strict(v as Schema)]),
          ),
        }),
    ...(items === undefined ? {} : { items: strict(items as Schema) }),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: strict(additionalProperties as Schema) }
      : closed
        ? { additionalProperties: false }
        : {}),
  };
};

/** Validators by `<apiVersion>/<kind>`, compiled when first asked for. */
const load = (): ((key: string) => ValidateFunction | undefined) => {
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
  const schemas = new Map<string, Schema>();
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.yaml') || file.includes('experimental')) continue;
    const text = readFileSync(join(folder, file), 'utf8');
    if (!WRITTEN.test(text)) continue;
    const crd = parse(text);
    for (const version of crd.spec.versions as Version[])
      schemas.set(`${crd.spec.group}/${version.name}/${crd.spec.names.kind}`, version.schema.openAPIV3Schema);
  }
  const compiled = new Map<string, ValidateFunction>();
  return (key) => {
    const schema = schemas.get(key);
    if (schema === undefined) return undefined;
    const closed = strict(schema);
    const metadata = { type: 'object' };
    const validate =
      compiled.get(key) ?? ajv.compile({ ...closed, properties: { ...(closed.properties as Schema), metadata } });
    compiled.set(key, validate);
    return validate;
  };
};

/** Kinds that an environment has. */
const WRITTEN =
  /^ {4}kind: (ImageValidatingPolicy|Certificate|Issuer|HTTPRoute|BackendTLSPolicy|Route|PodMonitor|PrometheusRule|ClusterNetworkPolicy|AdminNetworkPolicy|Sandbox)$/m;

const BUILT_IN =
  /^(v1|apps\/v1|batch\/v1|policy\/v1|networking\.k8s\.io\/v1|rbac\.authorization\.k8s\.io\/v1|admissionregistration\.k8s\.io\/v1)$/;

describe('custom resources fit their definitions', () => {
  const reason = 'FIREPIT_CRDS names no folder with the CustomResourceDefinitions';
  (present ? describe : describe.skip)(present ? 'strictly' : `skipped: ${reason}`, () => {
    let validators: ReturnType<typeof load>;
    beforeAll(() => {
      validators = load();
    });

    test.each([
      ['kubernetes', desk()],
      ['openshift', openshiftDesk()],
      ['sandbox', deskAs('sandbox')],
      ['models of one’s own', plainContracts()],
      ['a signer by certificate', changed((d) => (d.supplyChain = EVERY_SIGNER))],
      [
        'a signer by a private Sigstore',
        changed((d) => (d.supplyChain = SupplyChain.signedBy(EVERY_SIGNER.signer, { attested: ATTESTED }))),
      ],
    ])('%s', (_name, declaration) => {
      const custom = objectsOf(declaration).filter((o) => !BUILT_IN.test(o.apiVersion));
      expect(custom.length).toBeGreaterThan(15);
      for (const object of custom) {
        const validate = validators(`${object.apiVersion}/${object.kind}`);
        expect([object.kind, validate === undefined ? 'no definition found' : 'defined']).toEqual([
          object.kind,
          'defined',
        ]);
        validate?.(object);
        expect([object.kind, object.metadata.name, validate?.errors ?? []]).toEqual([
          object.kind,
          object.metadata.name,
          [],
        ]);
      }
    });

    test('a misspelt field is refused', () => {
      const policy = structuredClone(objectsOf(desk()).find((o) => o.kind === 'ImageValidatingPolicy')) as unknown as {
        apiVersion: string;
        spec: Record<string, unknown>;
      };
      policy.spec.failurePolicyy = 'Fail';
      expect(validators(`${policy.apiVersion}/ImageValidatingPolicy`)?.(policy)).toBe(false);
    });
  });
});
