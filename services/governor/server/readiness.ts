import type { Log } from './log';

/** Parts without which nothing can be decided. */
export type Part = 'configuration' | 'store' | 'keys' | 'server';

/** Why a governor is not ready, by part; told in the log whenever it changes. */
export class Readiness {
  private readonly reasons = new Map<Part, string>();

  /** @param parts that are not ready until they say so */
  constructor(
    private readonly log: Log,
    parts: readonly Part[],
  ) {
    for (const part of parts) this.reasons.set(part, 'not yet');
  }

  /** @param reason why not, in words; undefined where the part is ready */
  set(part: Part, reason: string | undefined): void {
    if (this.reasons.get(part) === reason) return;
    if (reason === undefined) this.reasons.delete(part);
    else this.reasons.set(part, reason);
    if (reason === undefined) this.log.line('info', `${part} ready`);
    else this.log.line('error', `${part} not ready`, { reason });
  }

  /** What `/ready` says; undefined where the governor is. */
  get unready(): string | undefined {
    return this.reasons.size === 0
      ? undefined
      : [...this.reasons].map(([part, reason]) => `${part}: ${reason}`).join('\n');
  }
}
