const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Whether XML 1.0 may hold a character: no control characters, no half of a pair. */
const isText = (c: string): boolean => {
  const code = c.codePointAt(0) ?? 0;
  return (
    code === 0x9 ||
    code === 0xa ||
    code === 0xd ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    code >= 0x10000
  );
};

/** Text as XML and HTML take it, in attributes as well; what neither may hold is shown as U+FFFD. */
export const escaped = (text: string): string =>
  [...text].map((c) => (isText(c) ? (ENTITIES[c] ?? c) : '\ufffd')).join('');
