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
    const recent = [...new Set([...(this.spoke.get(place) ?? []), ...(this.spoke.get(kind) ?? [])])];
    const found = this.among(objects, recent) ?? this.findings(objects, this.rules)[0];
    const rule = this.rules.find(({ id }) => id === found?.rule);
    if (rule === undefined) return found;
    this.remember(place, rule, 3);
    this.remember(kind, rule, 6);
    return found;
  }

  /** Whether no rule finds anything. */
  passes(objects: readonly Manifest[]): boolean {
    return this.findings(objects, this.rules).length === 0;
  }

  private among(objects: readonly Manifest[], rules: readonly Rule[]): Finding | undefined {
    for (const rule of rules) {
      const [found] = this.findings(objects, [rule]);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private remember(key: string, rule: Rule, most: number): void {
    const known = this.spoke.get(key) ?? [];
    this.spoke.set(key, [rule, ...known.filter((one) => one !== rule)].slice(0, most));
  }

  private findings(objects: readonly Manifest[], rules: readonly Rule[]): readonly Finding[] {
    return checkBar(this.declaration, objects, NOW, rules).findings;
  }
}
