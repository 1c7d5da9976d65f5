/** How long a line may wait for others. */
const MILLISECONDS = 100;

/**
 * Lines for standard output, several at a time: each write to a pipe holds the whole process up. What cannot wait is
 * written at once, with what waited. The rest is written when the process ends, unless it is killed; the record of
 * decisions is elsewhere.
 */
export class Output {
  private waiting = '';

  constructor(private readonly write: (text: string) => void = (text) => void process.stdout.write(text)) {
    process.once('exit', () => this.flush());
  }

  line(text: string, canWait: boolean): void {
    if (canWait && this.waiting === '') setTimeout(() => this.flush(), MILLISECONDS);
    this.waiting += text;
    if (!canWait) this.flush();
  }

  private flush(): void {
    const { waiting } = this;
    this.waiting = '';
    if (waiting !== '') this.write(waiting);
  }
}
