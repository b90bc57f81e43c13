/**
 * In JSON: NUL, and halves of surrogate pairs. PostgreSQL takes neither.
 *
 * A backslash before it would make plain text of it.
 */
const UNSTORABLE = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/;
const ALL = new RegExp(UNSTORABLE, 'g');

/** Whether every store takes it. */
export function isStorable(json: string): boolean {
  return !UNSTORABLE.test(json);
}

/** With a replacement character for each that not every store takes. */
export function storable<Value>(value: Value): Value {
  const json = JSON.stringify(value);
  return isStorable(json) ? value : (JSON.parse(json.replace(ALL, '$1\ufffd')) as Value);
}
