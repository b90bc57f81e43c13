const LONGEST = 128;
const PATTERN = /^(?!tag:)[\p{L}\p{N}_.\-/:@#]+(?: [\p{L}\p{N}_.\-/:@#]+)*$/u;

export const NAME_RULE =
  '1–128 letters, digits and _ . - / : @ #, with single spaces inside, in Unicode normal form C, not beginning with "tag:"';

/** The one rule for names of workers, tags and groups. */
export function isValidName(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= LONGEST &&
    PATTERN.test(value) &&
    value.normalize('NFC') === value
  );
}
