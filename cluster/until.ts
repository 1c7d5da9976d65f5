/**
 * Asks until the answer is yes; the deadline is generous, because the machine may be busy.
 * @param what was asked, for the error; a function says it as it is then
 */
export async function until(
  what: string | (() => string),
  ask: () => boolean | Promise<boolean>,
  seconds = 120,
): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await ask())) {
    if (Date.now() > end) throw new Error(`${typeof what === 'string' ? what : what()}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
