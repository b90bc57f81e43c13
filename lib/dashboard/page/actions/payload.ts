/** What a person has typed, read as JSON. */
export type Payload =
  | { readonly is: 'none' }
  | { readonly is: 'good'; readonly value: unknown }
  | { readonly is: 'bad'; readonly problem: string };

export function readPayload(text: string): Payload {
  if (text.trim() === '') return { is: 'none' };
  try {
    return { is: 'good', value: JSON.parse(text) as unknown };
  } catch (error) {
    return { is: 'bad', problem: error instanceof Error ? error.message : String(error) };
  }
}

export function tidy(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}
