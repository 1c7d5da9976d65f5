import type { EnvironmentDeclaration, FoundationDeclaration } from '../../../lib';
import { checkBar, type Finding, type Manifest, RULES, type Rule } from '../../../lib/minimum-bar';
import { checkFoundationBar, FOUNDATION_BAR } from '../../../lib/minimum-bar/foundation';
import type { FoundationView } from '../../../lib/minimum-bar/foundation/view';
import type { ObjectView } from '../../../lib/minimum-bar/object-view';
import type { View } from '../../../lib/minimum-bar/view';

const NOW = new Date('2026-01-01T00:00:00Z');

type Findings = readonly Finding[];

/**
 * Asks the bar about many variants of one environment, or one foundation. Only whether *some* rule finds something counts, so rules are
 * asked one after the other: those first that spoke last about the same place, then those that speak most of the kind.
 */
export class Judge<V extends ObjectView> {
  private readonly spoke = new Map<string, Rule<V>[]>();

  /** @param findings what some of the rules say about objects */
  constructor(
    private readonly rules: readonly Rule<V>[],
    private readonly findings: (objects: readonly Manifest[], rules: readonly Rule<V>[]) => Findings,
  ) {}

  /** @returns a finding, undefined when the bar passes */
  refusal(objects: readonly Manifest[], place: string, kind: string): Finding | undefined {
    const found = this.likely(objects, place, kind) ?? this.findings(objects, this.rules)[0];
    const rule = this.rules.find(({ id }) => id === found?.rule);
    if (rule === undefined) return found;
    this.remember(place, rule);
    this.remember(kind, rule);
    return found;
  }

  /** @returns a finding of the rules that spoke before about such a place; undefined says nothing */
  likely(objects: readonly Manifest[], place: string, kind: string): Finding | undefined {
    const recent = [...new Set([...(this.spoke.get(place) ?? []), ...(this.spoke.get(kind) ?? [])])];
    for (const rule of recent) {
      const [found] = this.findings(objects, [rule]);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Whether no rule finds anything. */
  passes(objects: readonly Manifest[]): boolean {
    return this.objection(objects) === undefined;
  }

  /** @returns the rule that refuses, of all or of these; undefined when none does */
  objection(objects: readonly Manifest[], rules: readonly Rule<V>[] = this.rules): Rule<V> | undefined {
    const [found] = this.findings(objects, rules);
    return found === undefined ? undefined : (rules.find(({ id }) => id === found.rule) ?? rules[0]);
  }

  private remember(key: string, rule: Rule<V>): void {
    const known = this.spoke.get(key) ?? [];
    this.spoke.set(key, [rule, ...known.filter((one) => one !== rule)].slice(0, 4));
  }
}

export const judgeOf = (declaration: EnvironmentDeclaration): Judge<View> =>
  new Judge(RULES, (objects, rules) => checkBar(declaration, objects, NOW, rules).findings);

export const judgeOfFoundation = (declaration: FoundationDeclaration): Judge<FoundationView> =>
  new Judge(FOUNDATION_BAR, (objects, rules) => checkFoundationBar(declaration, objects, NOW, rules).findings);
