import { Denial } from '../denial';
import type { Guard } from '../guard/guard';
import { normalised, readings } from '../guard/normalise';
import type { Passage } from '../parse/request';

/** How much of what passed is looked at again together with what comes: names stand before the secrets they name. */
const CONTEXT = 1_024;
/** Longest text that waits: a word beyond it is no word. */
const LONGEST = 16 * 1024;
/** What may pass although its word goes on: a secret that began like this would be cut after these letters. */
const SHORT_WORD = /^\p{L}{0,8}[.,;:!?]?$/u;
/** secretlint looks for a private key from its first line to its last, at most this many characters. */
const LONGEST_KEY = 10_240;
const KEY_BEGINS = /-----BEGIN(?![\s\S]*-----END[^-]*-----)/;
/** Without any of these a text has one reading. */
const DECODABLE = /[%\\&]|[\w+/-]{24}|[^\s\x21-\x7e]/;

/** Whether a character ends a word: no secret of a known shape goes on behind it. */
export const endsWord = (character: string): boolean => {
  if (character <= ' ') return true;
  if (character <= '~') return false;
  const plain = normalised(character);
  return plain !== '' && !/[\x21-\x7e]/.test(plain);
};

/** Where the last word starts. */
const lastWord = (text: string): number => {
  let at = text.length;
  while (at > 0) {
    const start = /[\udc00-\udfff]/.test(text[at - 1] as string) && at > 1 ? at - 2 : at - 1;
    if (endsWord(text.slice(start, at))) break;
    at = start;
  }
  return at;
};

const commonPrefix = (a: string, b: string): number => {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
};

/**
 * One text of an answer that comes in pieces. What is released was looked at together with what came before, and ends
 * where no known secret can go on; the rest waits for the next piece. See docs/decisions/0020.
 */
export class HeldText {
  /** Whether something was taken out. */
  cleaned = false;
  private context = '';
  private held = '';

  constructor(
    private readonly guard: Pick<Guard, 'inspect'>,
    private readonly zone: Passage['zone'],
    private readonly decodeDepth: number,
  ) {}

  add(text: string): void {
    this.held += text;
    if (this.held.length > LONGEST)
      throw new Denial('guard-blocked', `a word of more than ${LONGEST} characters`, [`guard.${this.zone}`]);
  }

  /**
   * What may pass now, cleaned as its zone says.
   * @param whole nothing follows, so nothing waits
   * @throws Denial of the guard
   */
  async release(whole: boolean): Promise<string> {
    const length = whole ? this.held.length : this.safeLength();
    if (length === 0) return '';
    const seen = this.context + this.held.slice(0, length);
    const [clean = ''] = await this.guard.inspect([{ zone: this.zone, text: seen }], 'answer');
    this.cleaned ||= clean !== seen;
    // What was found may have begun in what has passed: then it is the rest of it that goes.
    const passed = clean.slice(commonPrefix(clean, this.context));
    this.context = (this.context + passed).slice(-CONTEXT);
    this.held = this.held.slice(length);
    return passed;
  }

  private safeLength(): number {
    const all = this.context + this.held;
    const before = Math.max(0, all.length - LONGEST_KEY);
    const key = all.slice(before).search(KEY_BEGINS);
    if (key >= 0) return Math.max(0, before + key - this.context.length);
    if (this.hidesKey(all)) return 0;
    const word = lastWord(all);
    return SHORT_WORD.test(all.slice(word)) ? this.held.length : Math.max(0, word - this.context.length);
  }

  /** A key that begins in what a text may be read as. */
  private hidesKey(text: string): boolean {
    return DECODABLE.test(text) && readings(text, this.decodeDepth).some((reading) => KEY_BEGINS.test(reading));
  }
}
