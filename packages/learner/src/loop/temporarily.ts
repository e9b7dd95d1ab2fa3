/** Runs `work` while a property of `object` has another value. */
export async function temporarily<O extends object, K extends keyof O, T>(
  object: O,
  name: K,
  value: O[K],
  work: () => Promise<T>,
): Promise<T> {
  const before = object[name];
  object[name] = value;
  try {
    return await work();
  } finally {
    object[name] = before;
  }
}
