/** With the `this` of its options, which may be a provider. What is no function, the module refuses at boot. */
export function boundMethod<Method extends (...given: never[]) => unknown>(
  options: object | undefined,
  method: Method | undefined,
): Method | undefined {
  return typeof method === 'function' ? (method.bind(options) as Method) : undefined;
}
