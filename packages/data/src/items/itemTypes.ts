/** Takes one block's raw value out of an item. */
// biome-ignore lint/suspicious/noExplicitAny: without getItems, only the user knows what an item is
export type Getter<Item = any> = (item: Item) => unknown;

/** One getter, or one per block. */
export type GetterLike<Item> = Getter<Item> | readonly Getter<Item>[];

/** What `getItems` may return. */
// biome-ignore lint/suspicious/noExplicitAny: the items may be anything
export type FoundItems = readonly any[] | Promise<readonly any[]>;

/** An item of what `getItems` returns: `any` without a `getItems`. */
// biome-ignore lint/suspicious/noExplicitAny: while the compiler has not inferred `Found` yet, it is `never`
export type ItemOf<Found extends FoundItems> = [Found] extends [never] ? any : Awaited<Found>[number];

/**
 * What a data block makes data of: what its `getItems` takes, or, without one, a list of items that have everything
 * that the getters read.
 */
export type SourceOf<Source, Found, GetX, GetY, Getters> =
  Same<Found, FoundItems> extends true ? readonly (ReadBy<GetX> & ReadBy<GetY> & ReadBy<Getters>)[] : Source;

/** What an item must be for getters to read it: of getters of two fields, a row that has both. */
type ReadBy<G> = [G] extends [GetterLike<infer Item>] ? UnknownForAny<Item> : never;

/** A parameter that the user did not annotate asks nothing of an item. */
type UnknownForAny<T> = 0 extends 1 & T ? unknown : T;

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
