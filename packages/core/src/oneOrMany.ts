/** One value, or a list of them. */
export type OneOrMany<T> = T | readonly T[];

/** The values as a list: of one value, a list of it; of `undefined`, an empty list. */
export function toList<T>(values: OneOrMany<T> | undefined): readonly T[] {
  if (values === undefined) return [];
  return isList(values) ? values : [values];
}

/** `Array.isArray` does not tell a readonly list from `T`. */
function isList<T>(values: OneOrMany<T>): values is readonly T[] {
  return Array.isArray(values);
}
