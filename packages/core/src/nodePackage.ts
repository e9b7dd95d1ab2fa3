/**
 * Loads a package that works in Node only, at the moment it is needed: a bundle for a page holds none of them,
 * since bundlers do not follow a name that is a variable.
 */
export function nodePackage<T>(name: string): T {
  return require(name) as T;
}

/** Whether the program runs in Node, rather than in a page. */
export function isNode(): boolean {
  return typeof process !== 'undefined' && Boolean(process.versions?.node);
}
