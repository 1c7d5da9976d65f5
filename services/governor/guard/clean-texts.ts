/** A longer text is not worth remembering: it does not come again. */
const LONGEST = 64;
const MOST = 1_024;

/**
 * Short texts in which nothing was found, the newest of them. A message is full of them and they come again and again:
 * keys, roles, types, names of models.
 */
export class CleanTexts {
  private readonly texts = new Set<string>();

  has(text: string): boolean {
    return text.length <= LONGEST && this.texts.has(text);
  }

  add(text: string): void {
    if (text.length > LONGEST) return;
    this.texts.add(text);
    const [oldest] = this.texts;
    if (this.texts.size > MOST && oldest !== undefined) this.texts.delete(oldest);
  }
}
