/**
 * At most that many characters of a text, such that a log, a store and a terminal can take them.
 *
 * Through a buffer, because a slice of a long string keeps all of it in memory, and because stores
 * refuse lone surrogates. They refuse NUL too, and control characters could rewrite a terminal.
 */
export function boundedText(text: string, longest: number): string {
  return (
    Buffer.from(shortened(text, longest))
      .toString()
      // eslint-disable-next-line no-control-regex -- these are what it is about
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd')
  );
}

/** For what goes into a longer text, which is then bounded itself. */
export function shortened(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
