import type { DeclarationFinding } from '../errors';
import { show } from './_show';

/**
 * Reading data that may be broken elsewhere: checks across parts run even where the shape has problems, so that all
 * findings come at once.
 */
export const at = (value: unknown, ...keys: readonly (string | number)[]): unknown =>
  keys.reduce<unknown>(
    (v, key) =>
      typeof v === 'object' && v !== null && Object.hasOwn(v, key)
        ? (v as Record<string | number, unknown>)[key]
        : undefined,
    value,
  );

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const entries = (value: unknown): [string, unknown][] => (isRecord(value) ? Object.entries(value) : []);
export const keys = (value: unknown): string[] => (isRecord(value) ? Object.keys(value) : []);
export const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
/** The strings of a list, with their places. */
export const words = (value: unknown): [number, string][] =>
  items(value).flatMap((v, i): [number, string][] => (typeof v === 'string' ? [[i, v]] : []));

/** Collects findings. */
export class Findings {
  readonly all: DeclarationFinding[] = [];

  add(path: string, found: unknown, expected: string, fix: string): void {
    this.all.push({ path, found: show(found, path.split('.').pop()), expected, fix });
  }

  /** A finding whose value is told in words. */
  tell(path: string, found: string, expected: string, fix: string): void {
    this.all.push({ path, found, expected, fix });
  }
}
