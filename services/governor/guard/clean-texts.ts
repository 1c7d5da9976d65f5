import { hash } from 'node:crypto';

/** A longer text is remembered by its digest. */
const LONGEST = 64;
/** Less than 1 MB. */
const MOST = 4_096;

/** Over UTF-16, which tells halves of characters from each other. */
const keyOf = (text: string): string =>
  text.length <= LONGEST ? text : `sha256:${hash('sha256', Buffer.from(text, 'utf16le'))}`;

/**
 * Texts in which nothing was found, the newest of them. They come again and again: keys, roles and types in every
 * message, and in each request to a model all that was said before it.
 */
export class CleanTexts {
  private readonly texts = new Set<string>();
  /** Whoever asks for a text that is not here adds it next, mostly. */
  private asked = { text: '', key: '' };

  has(text: string): boolean {
    this.asked = { text, key: keyOf(text) };
    return this.texts.has(this.asked.key);
  }

  add(text: string): void {
    this.texts.add(text === this.asked.text ? this.asked.key : keyOf(text));
    if (this.texts.size <= MOST) return;
    for (const oldest of this.texts) {
      this.texts.delete(oldest);
      return;
    }
  }
}
