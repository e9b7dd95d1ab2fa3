import type { OneOrMany } from '@fastts/core';

/** Gets the raw value of one block from an item. */
// biome-ignore lint/suspicious/noExplicitAny: without getItems, only the user knows the type of the items
export type Getter<Item = any> = (item: Item) => unknown;

/** One getter, or one per block. */
export type GetterLike<Item> = OneOrMany<Getter<Item>>;

/** The allowed results of `getItems`. */
// biome-ignore lint/suspicious/noExplicitAny: the items may be anything
export type FoundItems = readonly any[] | Promise<readonly any[]>;

/** The type of the items that `getItems` returns; `any` without `getItems`. */
// biome-ignore lint/suspicious/noExplicitAny: while the compiler has not inferred `Found` yet, it is `never`
export type ItemOf<Found extends FoundItems> = [Found] extends [never] ? any : Awaited<Found>[number];

/**
 * The source of a data block: the parameter of its `getItems` or, without one, a list of items that have every property
 * that the getters read.
 */
export type SourceOf<Source, Found, GetX, GetY, Getters> =
  Same<Found, FoundItems> extends true ? readonly (ReadBy<GetX> & ReadBy<GetY> & ReadBy<Getters>)[] : Source;

/** The type of a data set's items: what `getItems` returns or, without it, what the source lists. */
export type ItemFrom<Source, Found extends FoundItems> =
  Same<Found, FoundItems> extends true
    ? Source extends readonly (infer Item)[]
      ? Item
      : unknown
    : ItemOf<Found>;

/** The item type that all getters accept: for getters of two fields, a row that has both. */
type ReadBy<G> = [G] extends [GetterLike<infer Item>] ? UnknownForAny<Item> : never;

/** An unannotated parameter puts no requirement on items. */
type UnknownForAny<T> = 0 extends 1 & T ? unknown : T;

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
