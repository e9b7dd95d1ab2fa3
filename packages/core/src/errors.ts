/** The base of every error that the library throws on purpose: catch it to tell a mistake in use from a defect. */
export class FasttsError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message);
    if (options?.cause !== undefined) this.cause = options.cause;
    this.name = new.target.name;
  }
}

/** An argument is of the wrong kind or out of its range. */
export class ArgumentError extends FasttsError {}

/** Tensors' shapes do not fit each other or the module that they are given to. */
export class ShapeError extends FasttsError {}

/** An operation has no gradient, or one that does not fit its input. */
export class GradientError extends FasttsError {}

/** An engine is unknown or does not start. */
export class EngineError extends FasttsError {}

/** A file's bytes are not what its format says. */
export class FileFormatError extends FasttsError {}

/** A state dictionary lacks names that the module has, or has names that the module lacks. */
export class StateDictError extends FasttsError {}
