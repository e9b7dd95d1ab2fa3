/** One value, or a list of them. */
export type OneOrMany<T> = T | readonly T[];

/** Converts a value to a list: a single value to a list of it, `undefined` to an empty list. */
export function toList<T>(values: OneOrMany<T> | undefined): readonly T[] {
  if (values === undefined) return [];
  return isList(values) ? values : [values];
}

/** `Array.isArray` does not narrow a readonly list. */
function isList<T>(values: OneOrMany<T>): values is readonly T[] {
  return Array.isArray(values);
}
