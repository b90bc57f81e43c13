const LONGEST = 300;

const SECRETS: readonly (readonly [RegExp, string])[] = [
  // Up to the last `@`: who has one in the password, or a `/`, need not have encoded it.
  [/\b([a-z][a-z0-9+.-]*:\/\/)\S*@/gi, '$1***@'],
  [/\b(bearer|basic)\s+[\w.~+/=-]+/gi, '$1 ***'],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '***'],
  [
    /(\b\w*(?:key|token|secret|password|passwd|pwd|auth)\w*["']?\s*[=:]\s*)["']?[^\s"'&,;]+/gi,
    '$1***',
  ],
];

/** One line of an error's text without what looks like a secret. */
export function redact(text: string): string {
  const line = text.slice(0, 4 * LONGEST).replace(/\s+/g, ' ');
  const redacted = SECRETS.reduce((result, [secret, mask]) => result.replace(secret, mask), line);
  return redacted.length > LONGEST ? `${redacted.slice(0, LONGEST - 1)}…` : redacted;
}
