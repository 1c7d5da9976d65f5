import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Finding } from './judge';

const exception = z.strictObject({
  /** By judge: several look at the same thing under names of their own. */
  checks: z.record(z.string().min(1), z.array(z.string().min(1)).min(1)),
  /** Objects as findings name them; `*` stands for any part of a name. */
  objects: z.array(z.string().min(1)).min(1),
  reason: z.string().min(40, 'a reason that convinces a reviewer has 40 characters or more'),
});

/** Failed checks that we answer for, with one reason. */
export type Exception = z.infer<typeof exception>;

export const EXCEPTIONS = join(__dirname, 'exceptions.yaml');

/** Reads the exceptions, strictly: a typo would silently except nothing. */
export function exceptionsFrom(text: string): readonly Exception[] {
  const read = z.array(exception).safeParse(parse(text) ?? []);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new Error(`exceptions: ${issue?.path.join('.')}: ${issue?.message}`);
}
export const exceptions = (): readonly Exception[] => exceptionsFrom(readFileSync(EXCEPTIONS, 'utf8'));

const matches = (pattern: string, object: string): boolean =>
  new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`).test(object);

interface Answer {
  readonly judge: string;
  readonly check: string;
  readonly object: string;
}
const answersOf = ({ checks, objects }: Exception): Answer[] =>
  Object.entries(checks).flatMap(([judge, names]) =>
    names.flatMap((check) => objects.map((object) => ({ judge, check, object }))),
  );
const idOf = ({ judge, check, object }: Answer): string => `${judge} ${check}: ${object}`;

/** Applies exceptions, and remembers which of them were needed. */
export class Docket {
  private readonly used = new Set<string>();
  constructor(private readonly all: readonly Exception[]) {}

  /** Parts findings into those that are answered for and those that are not. */
  part(judge: string, findings: readonly Finding[]): { readonly excepted: Finding[]; readonly open: Finding[] } {
    const excepted: Finding[] = [];
    const open: Finding[] = [];
    for (const finding of findings) (this.answeredFor(judge, finding) ? excepted : open).push(finding);
    return { excepted, open };
  }

  /** Every check of the judges given, with every object pattern, that no finding needed. */
  stale(judges: readonly string[]): string[] {
    return this.all
      .flatMap(answersOf)
      .filter(({ judge }) => judges.includes(judge))
      .map(idOf)
      .filter((id) => !this.used.has(id));
  }

  private answeredFor(judge: string, finding: Finding): boolean {
    const needed = this.all
      .flatMap(answersOf)
      .filter((a) => a.judge === judge && a.check === finding.check && matches(a.object, finding.object));
    for (const answer of needed) this.used.add(idOf(answer));
    return needed.length > 0;
  }
}
