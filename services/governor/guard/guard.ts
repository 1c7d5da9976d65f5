import type { GovernorConfig } from '../../../contract/governor';
import { Denial } from '../denial';
import type { Passage } from '../parse/request';
import { CleanTexts } from './clean-texts';
import { readings } from './normalise';
import { type Detector, type Finding, secrets } from './secrets';

const REMOVED = '[removed]';

/** What may be done about a finding: an answer can be changed, a request is what was judged. */
export type Direction = 'request' | 'answer';

const redacted = (text: string, findings: readonly Finding[]): string => {
  let [out, at] = ['', 0];
  for (const { start, end } of [...findings].sort((a, b) => a.start - b.start)) {
    if (start > at) out += text.slice(at, start);
    if (start >= at) out += REMOVED;
    at = Math.max(at, end);
  }
  return out + text.slice(at);
};

/**
 * Step 3: looks at every text, as it stands and as it may be read, with every detector. What a detector finds is
 * blocked or removed, as its zone says; a detector that fails blocks everything.
 */
export class Guard {
  /** By how deep they were looked through. */
  private readonly clean = new Map<number, CleanTexts>();

  constructor(
    private readonly zones: GovernorConfig['guard'],
    private readonly detectors: readonly Detector[] = [secrets],
  ) {}

  /** The texts, with what had to be removed taken out; the same texts where nothing was found. */
  async inspect(passages: readonly Passage[], direction: Direction): Promise<readonly string[]> {
    return Promise.all(
      passages.map((passage) =>
        this.cleanAt(passage.zone).has(passage.text) ? passage.text : this.one(passage, direction),
      ),
    );
  }

  private async one({ zone, text }: Passage, direction: Direction): Promise<string> {
    const { secrets: mode, maxDecodeDepth } = this.zones[zone];
    const [plain, ...others] = await Promise.all(
      readings(text, maxDecodeDepth).map((reading) => this.findings(reading)),
    );
    const found = plain ?? [];
    const hidden = others.flat();
    if (found.length === 0 && hidden.length === 0) {
      this.cleanAt(zone).add(text);
      return text;
    }
    const names = [...new Set([...found, ...hidden].map(({ detector }) => detector))];
    if (mode === 'block' || direction === 'request') throw this.blocked(zone, names);
    const cleaned = redacted(text, found);
    // What is there only once decoded has no place in the text to be removed from; and what is left may be one alone.
    if (await this.any(cleaned, maxDecodeDepth)) throw this.blocked(zone, names);
    return cleaned;
  }

  private cleanAt(zone: Passage['zone']): CleanTexts {
    const { maxDecodeDepth } = this.zones[zone];
    const texts = this.clean.get(maxDecodeDepth) ?? new CleanTexts();
    this.clean.set(maxDecodeDepth, texts);
    return texts;
  }

  private async any(text: string, maxDepth: number): Promise<boolean> {
    const all = await Promise.all(readings(text, maxDepth).map((reading) => this.findings(reading)));
    return all.some((found) => found.length > 0);
  }

  private async findings(text: string): Promise<readonly Finding[]> {
    try {
      return (await Promise.all(this.detectors.map((detector) => detector.find(text)))).flat();
    } catch {
      throw new Denial('unavailable', 'a detector of the guard failed');
    }
  }

  private blocked(zone: Passage['zone'], names: readonly string[]): Denial {
    return new Denial('guard-blocked', `found in the zone ${zone}: ${names.join(', ')}`, [`guard.${zone}`]);
  }
}
