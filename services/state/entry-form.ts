import Ajv, { type ValidateFunction } from 'ajv/dist/2020';
import { z } from 'zod';
import { type Entry, entry as entrySchema } from '../../contract';

/** Of the formats that the schema names its patterns say everything. */
const ajv = new Ajv({ validateFormats: false });

const compiled = new Map<string, ValidateFunction>();

const compile = (kind: unknown): ValidateFunction | undefined => {
  const schema = entrySchema.options.find((option) => option.shape.kind.value === kind);
  if (schema === undefined) return undefined;
  const made = ajv.compile(z.toJSONSchema(schema));
  compiled.set(schema.shape.kind.value, made);
  return made;
};

/**
 * Whether a value is an entry, by the schema of the contract, compiled: every decision waits for this, and it takes a
 * tenth of the time. What is wrong with one that is none, the schema itself says.
 */
export function isEntry(value: unknown): value is Entry {
  const { kind } = (value ?? {}) as { readonly kind?: unknown };
  const check = compiled.get(kind as string) ?? compile(kind);
  return check?.(value) === true;
}
