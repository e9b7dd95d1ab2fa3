import { FasttsError } from '../errors.js';
import { quoted } from '../files/quoted.js';

/** A class or function that can be named in a file. */
// biome-ignore lint/suspicious/noExplicitAny: it may take and return anything
export type Maker = (abstract new (...args: any[]) => object) | ((...args: any[]) => unknown);

/** How an object was created: the registered name, the arguments, and whether with `new` or by a call. */
export interface Construction {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly isNew: boolean;
}

/** A name is not registered, or an object was not created by anything registered. */
export class RegistryError extends FasttsError {
  static override readonly name: string = 'RegistryError';
}

/**
 * Registers a class or a function by name, so that the objects it creates can be saved to a file and recreated from it,
 * as `learn.export` and `loadLearner` do. A file holds names and arguments, never code.
 *
 * It returns the class or function to use in place of the given one, which records the arguments of each object that it
 * creates. They may be numbers, strings, booleans, lists and plain objects of these, registered classes and functions
 * (saved by name), and objects created by registered ones. Registering a name again replaces the previous
 * registration. A function must return a new object; for one that may return its argument, use {@link named}.
 *
 * Adding a transform, a layer, a block function, an architecture or a loss therefore takes one line:
 *
 * - above a class, `@registered('Solarize')`;
 * - around a function or, in JavaScript, a class, `registered('smallNet')(…)`;
 * - for an object that learns or changes after it is created, `args` returns the arguments that recreate its current state.
 *
 * @param name The name in files. It must not change as long as files use it; it is not taken from the class, since
 *   bundlers shorten class names.
 * @param args Returns the arguments that recreate an object in its current state (default: those it was created with).
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
  // TypeScript 5.0 requires a decorator to declare the second argument that it is called with.
  return <T extends Maker>(maker: T, _context?: DecoratorContext): T => {
    const remembering: T = new Proxy(maker, {
      construct(target, given, newTarget) {
        const made = Reflect.construct(target as abstract new () => object, given, newTarget) as object;
        // Objects of a subclass are recorded by the subclass.
        if (newTarget === remembering) constructions.set(made, { name, args: given, isNew: true });
        return made;
      },
      apply(target, self, given) {
        const made: unknown = Reflect.apply(target as () => unknown, self, given);
        if (isObject(made)) constructions.set(made, { name, args: given, isNew: false });
        return made;
      },
    });
    const { prototype } = maker as { prototype?: object };
    if (prototype) Object.defineProperty(prototype, 'constructor', { value: remembering, writable: true });
    return enter(name, { maker: remembering, isCalled: true, args });
  };
}

/**
 * Registers a function that is passed as an argument, such as a splitter or a labeler, so that a file can refer to it by
 * name.
 *
 * @returns The function.
 * @example
 * const firstLetter = named('firstLetter')((path: string) => basename(path)[0]);
 * named('lastLetter')(lastLetter); // an existing function
 */
export function named(name: string) {
  return <T extends Maker>(given: T): T => enter(name, { maker: given, isCalled: false });
}

/**
 * How `thing` was created, with the arguments that recreate its current state; `undefined` if it was not created by a
 * registered class or function.
 */
export function constructionOf(thing: object): Construction | undefined {
  const construction = constructions.get(thing);
  const current = construction && makers.get(construction.name)?.args?.(thing);
  return current ? { ...construction, args: current } : construction;
}

/**
 * What tables and messages call a function, a class or an instance of one: its registered name, which minifiers do not
 * change, or else its own, or that of the registered function that returned it, such as `ColReader`; empty for any other
 * anonymous function or class. For display only.
 */
export function nameOf(thing: object): string {
  if (typeof thing !== 'function') return nameOf(thing.constructor);
  return names.get(thing) ?? (thing.name || (constructions.get(thing)?.name ?? ''));
}

/** The registered name of a class or function; `undefined` if it is not registered. */
export function registeredName(maker: Maker): string | undefined {
  return names.get(maker);
}

/**
 * The class or function registered as `name`, and whether a file may call it: those that are only {@link named} may be
 * passed as arguments, not called.
 *
 * @throws RegistryError when there is none.
 */
export function registration(name: string): { maker: Maker; isCalled: boolean } {
  const entry = makers.get(name);
  if (entry) return entry;
  throw new RegistryError(
    `The file asks for ${quoted(name)}, which is not registered: import the module that registers it, or register it with registered(${quoted(name)}), before loading.`,
  );
}

/**
 * Whether a value from a file is a function to pass as an argument, such as a getter or a splitter: a {@link named} one, or
 * what a {@link registered} function returned, but not itself a class or function that creates objects.
 *
 * @internal
 */
export function isPassedFunction(value: unknown): value is (...args: unknown[]) => unknown {
  if (typeof value !== 'function') return false;
  const name = names.get(value);
  return name === undefined || makers.get(name)?.isCalled === false;
}

function enter<T extends Maker>(name: string, entry: Registration & { maker: T }): T {
  const { maker } = entry;
  // A function defined inline in the registration has no name, which messages would lack.
  if (maker.name === '') Object.defineProperty(maker, 'name', { value: name });
  makers.set(name, entry);
  names.set(maker, name);
  return maker;
}

// biome-ignore lint/suspicious/noExplicitAny: it takes whatever the maker returns
type ArgumentsOf = (made: any) => readonly unknown[];

interface Registration {
  maker: Maker;
  isCalled: boolean;
  args?: ArgumentsOf;
}

const makers = new Map<string, Registration>();
const names = new WeakMap<object, string>();
const constructions = new WeakMap<object, Construction>();

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
