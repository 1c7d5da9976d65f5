import { Output } from './output';

/** What a line may carry. A closed list: there is no field for anything that somebody else wrote. */
export interface Fields {
  readonly door?: 'front' | 'back';
  readonly agent?: string;
  /** Id of a decision, by which the record is found. */
  readonly decision?: string;
  /** What was asked for, as far as it is declared. */
  readonly operation?: string;
  readonly effect?: string;
  readonly code?: string;
  /** Of an upstream's answer. */
  readonly status?: number;
  readonly microseconds?: number;
  /** Why, in words of our own. */
  readonly reason?: string;
}

export type Level = 'info' | 'warn' | 'error';

/** What goes well can wait; somebody may be waiting for the rest. */
const toOutput = (): ((line: string, level: Level) => void) => {
  const output = new Output();
  return (line, level) => output.line(line, level === 'info');
};

/** One JSON line to standard output for each thing that happened. */
export class Log {
  constructor(
    private readonly clock: () => number = Date.now,
    private readonly write: (line: string, level: Level) => void = toOutput(),
  ) {}

  line(level: Level, event: string, fields: Fields = {}): void {
    this.write(`${JSON.stringify({ time: new Date(this.clock()).toISOString(), level, event, ...fields })}\n`, level);
  }
}
