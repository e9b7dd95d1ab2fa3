/**
 * Loads a Node-only package when it is needed. Bundles for a page do not contain it, since bundlers do not follow a name
 * held in a variable.
 */
export function nodePackage<T>(name: string): T {
  return require(name) as T;
}

/** Whether the program runs in Node, not in a page. */
export function isNode(): boolean {
  return typeof process !== 'undefined' && Boolean(process.versions?.node);
}
