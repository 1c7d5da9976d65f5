/** Where a file of a ConfigMap is no longer for readers: the API server takes 1 MiB of data for all files of one. */
const READABLE = 256 * 1024;

/**
 * JSON for a file that a pod reads: indented for people, until the indentation takes the room that the content needs.
 * @param dense how it is written then @default - JSON without a space
 */
export const jsonFile = (
  value: unknown,
  indent: number,
  dense: (value: unknown) => string = JSON.stringify,
): string => {
  const text = JSON.stringify(value, null, indent);
  return `${text.length > READABLE ? dense(value) : text}\n`;
};
