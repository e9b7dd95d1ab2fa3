import { FasttsError } from '../errors.js';

/** A class, or a function, that can be named in a file. */
// biome-ignore lint/suspicious/noExplicitAny: it may take and make anything
export type Maker = (abstract new (...args: any[]) => object) | ((...args: any[]) => unknown);

/** How a thing was made: by which name, with which arguments, with `new` or by a call. */
export interface Construction {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly isNew: boolean;
}

/** A name that is not registered, or a thing that nothing registered has made. */
export class RegistryError extends FasttsError {}

/**
 * Registers a class or a function by a name, so that what it makes can be written to a file and made again from it,
 * as `learn.export` and `loadLearner` do: a file holds names and arguments, never code.
 *
 * It returns the class or function to use in place of the given one; this one remembers the arguments of each thing
 * that it makes. They may be numbers, texts, booleans, lists and plain objects of them, registered classes and functions
 * (written by their names), and things that registered ones have made. Registering a name again replaces what it stood
 * for. What is made must be new: a function that may return what it was given is for {@link named}.
 *
 * To add a transform, a layer, a block's function, an architecture or a loss is therefore one line:
 *
 * - above a class, `@registered('Solarize')`;
 * - around a function or, in JavaScript, a class, `registered('smallNet')(…)`;
 * - where a thing learns or is changed after it is made, `args` says which arguments make it as it is now.
 *
 * @param name What files call it, which must stay the same for as long as there are files; not taken from the class,
 *   since bundlers shorten the names of those.
 * @param args The arguments that make a thing as it is now (default: those that it was made with).
 * @example
 * export @registered('Solarize') class Solarize extends Transform {
 *   override kinds = ['image'];
 *   constructor(readonly threshold = 0.5) { super(); }
 *   encodes(x: tf.Tensor4D) { return tf.where(tf.less(x, this.threshold), x, tf.sub(1, x)); }
 * }
 *
 * const smallNet = registered('smallNet')((nOut: number) =>
 *   new Sequential(new Conv2d(3, 8, 3), new ReLU(), new AdaptiveAvgPool2d(1), new Flatten(), new Linear(8, nOut)));
 */
export function registered(name: string, args?: ArgumentsOf) {
  // TypeScript 5.0 wants a decorator to take the second argument that it is called with.
  return <T extends Maker>(maker: T, _context?: DecoratorContext): T => {
    const remembering: T = new Proxy(maker, {
      construct(target, given, newTarget) {
        const made = Reflect.construct(target as abstract new () => object, given, newTarget) as object;
        // A subclass's objects are the subclass's affair.
        if (newTarget === remembering) constructions.set(made, { name, args: given, isNew: true });
        return made;
      },
      apply(target, self, given) {
        const made: unknown = Reflect.apply(target as () => unknown, self, given);
        if (isThing(made)) constructions.set(made, { name, args: given, isNew: false });
        return made;
      },
    });
    const { prototype } = maker as { prototype?: object };
    if (prototype) Object.defineProperty(prototype, 'constructor', { value: remembering, writable: true });
    return enter(name, remembering, args);
  };
}

/**
 * Registers a function that makes nothing itself but is given to what does, such as a splitter or a labeller, so that
 * a file can name it.
 *
 * @returns the function
 * @example
 * const firstLetter = named('firstLetter')((path: string) => basename(path)[0]);
 * named('lastLetter')(lastLetter); // a function that there is
 */
export function named(name: string) {
  return <T extends Maker>(given: T): T => enter(name, given);
}

/** How something registered has made `thing`, with the arguments that make it as it is now; `undefined` if nothing has. */
export function constructionOf(thing: object): Construction | undefined {
  const construction = constructions.get(thing);
  const current = construction && makers.get(construction.name)?.args?.(thing);
  return current ? { ...construction, args: current } : construction;
}

/** The name by which a class or function is registered; `undefined` if it is not. */
export function registeredName(maker: Maker): string | undefined {
  return names.get(maker);
}

/**
 * The class or function that is registered by `name`.
 *
 * @throws RegistryError when there is none
 */
export function registeredMaker(name: string): Maker {
  const entry = makers.get(name);
  if (entry) return entry.maker;
  throw new RegistryError(
    `The file asks for '${name}', which is not registered: import the module that registers it, or register it by registered('${name}'), before loading.`,
  );
}

function enter<T extends Maker>(name: string, maker: T, args?: ArgumentsOf): T {
  // A function that is written where it is registered has no name, which messages would lack.
  if (maker.name === '') Object.defineProperty(maker, 'name', { value: name });
  makers.set(name, { maker, args });
  names.set(maker, name);
  return maker;
}

// biome-ignore lint/suspicious/noExplicitAny: what it takes is what the maker makes
type ArgumentsOf = (made: any) => readonly unknown[];

const makers = new Map<string, { maker: Maker; args?: ArgumentsOf }>();
const names = new WeakMap<Maker, string>();
const constructions = new WeakMap<object, Construction>();

function isThing(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
