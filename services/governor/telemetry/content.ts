import type { GovernorConfig } from '../../../contract/governor';
import { Guard } from '../guard/guard';
import { withTexts } from '../inspect';
import type { Json } from '../parse/json';
import { textsOf } from '../parse/parse';
import type { Passage } from '../parse/request';

/** Something that was said, and where its author stands. */
export interface Said {
  readonly zone: Passage['zone'];
  readonly value: Json;
}

/** Characters of JSON that one side of a call may tell. What does not fit is left out whole: half a secret is one. */
const ROOM = 8 * 1024;
const LEFT_OUT = '[left out]';
const WITHHELD = '[withheld]';

const removing = (zones: GovernorConfig['guard']): GovernorConfig['guard'] => ({
  user: { ...zones.user, secrets: 'redact' },
  model: { ...zones.model, secrets: 'redact' },
  toolResult: { ...zones.toolResult, secrets: 'redact' },
});

/** What was said, as it may be told: it passes the guard once more, and what cannot be cleaned is withheld. */
export class Content {
  private readonly guard: Guard;

  constructor(zones: GovernorConfig['guard']) {
    this.guard = new Guard(removing(zones));
  }

  /** The last of it that fits, in its order. */
  async told(said: readonly Said[]): Promise<readonly Said[]> {
    const fitting: Said[] = [];
    let room = ROOM;
    for (const one of [...said].reverse()) {
      room -= JSON.stringify(one.value).length;
      fitting.unshift(room < 0 ? { ...one, value: LEFT_OUT } : one);
      if (room < 0) break;
    }
    return Promise.all(fitting.map((one) => this.clean(one)));
  }

  private async clean({ zone, value }: Said): Promise<Said> {
    try {
      const passages = textsOf(value).map((text) => ({ zone, text }));
      const clean = await this.guard.inspect(passages, 'answer');
      return { zone, value: withTexts(value, clean[Symbol.iterator]()) };
    } catch {
      return { zone, value: WITHHELD };
    }
  }
}
