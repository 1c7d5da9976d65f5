import type { EnvironmentDeclaration } from '../../../lib';
import { checkBar, type Finding, type Manifest, RULES, type Rule } from '../../../lib/minimum-bar';

const NOW = new Date('2026-01-01T00:00:00Z');

/**
 * Asks the bar about many variants of one environment. Only whether *some* rule finds something counts, so rules are
 * asked one after the other: those first that spoke last about the same place, then those that speak most of the kind.
 */
export class Judge {
  private readonly spoke = new Map<string, Rule[]>();

  constructor(
    private readonly declaration: EnvironmentDeclaration,
    private readonly rules: readonly Rule[] = RULES,
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
  objection(objects: readonly Manifest[], rules: readonly Rule[] = this.rules): Rule | undefined {
    const [found] = this.findings(objects, rules);
    return found === undefined ? undefined : (rules.find(({ id }) => id === found.rule) ?? rules[0]);
  }

  private remember(key: string, rule: Rule): void {
    const known = this.spoke.get(key) ?? [];
    this.spoke.set(key, [rule, ...known.filter((one) => one !== rule)].slice(0, 4));
  }

  private findings(objects: readonly Manifest[], rules: readonly Rule[]): readonly Finding[] {
    return checkBar(this.declaration, objects, NOW, rules).findings;
  }
}
