import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Finding } from './judge';

const exception = z.strictObject({
  judge: z.string().min(1),
  check: z.string().min(1),
  /** Objects as findings name them; `*` stands for any part of a name. */
  objects: z.array(z.string().min(1)).min(1),
  reason: z.string().min(40, 'a reason that convinces a reviewer has 40 characters or more'),
});

/** A failed check that we answer for. */
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

  /** Every object pattern, of the judges given, that no finding needed. */
  stale(judges: readonly string[]): string[] {
    return this.all
      .filter(({ judge }) => judges.includes(judge))
      .flatMap((e) => e.objects.map((object) => this.id(e, object)))
      .filter((id) => !this.used.has(id));
  }

  private answeredFor(judge: string, finding: Finding): boolean {
    const needed = this.all
      .filter((e) => e.judge === judge && e.check === finding.check)
      .flatMap((e) => e.objects.filter((o) => matches(o, finding.object)).map((o) => this.id(e, o)));
    for (const id of needed) this.used.add(id);
    return needed.length > 0;
  }
  private readonly id = ({ judge, check }: Exception, object: string): string => `${judge} ${check}: ${object}`;
}
