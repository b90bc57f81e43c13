/** Events and views as text, in which their dates outlive JSON. */
export function packed(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key, plain: unknown) {
    const original = this[key];
    return original instanceof Date ? { $date: original.getTime() } : plain;
  });
}

export function unpacked(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown) =>
    isDate(value) ? new Date(value.$date) : value,
  );
}

function isDate(value: unknown): value is { readonly $date: number } {
  return typeof value === 'object' && value !== null && '$date' in value;
}
