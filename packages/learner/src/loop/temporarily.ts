/** Runs `work` while a property of `object` temporarily has another value. */
export async function temporarily<K extends string, V, T>(
  object: Record<K, V>,
  name: K,
  value: V,
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
