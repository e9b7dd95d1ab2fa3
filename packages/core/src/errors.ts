/** Base class of all errors thrown by the library on purpose. Catch it to tell a usage error from a defect. */
export class FasttsError extends Error {
  static override readonly name: string = 'FasttsError';

  constructor(message: string, options?: { cause?: unknown }) {
    super(message);
    if (options?.cause !== undefined) this.cause = options.cause;
    this.name = new.target.name;
  }
}

/** An argument has the wrong type or is out of range. */
export class ArgumentError extends FasttsError {
  static override readonly name: string = 'ArgumentError';
}

/** The shapes of tensors do not fit each other, or the module they are passed to. */
export class ShapeError extends FasttsError {
  static override readonly name: string = 'ShapeError';
}

/** An operation has no gradient, or one whose shape or type differs from its input's. */
export class GradientError extends FasttsError {
  static override readonly name: string = 'GradientError';
}

/** An engine is unknown or does not start. */
export class EngineError extends FasttsError {
  static override readonly name: string = 'EngineError';
}

/** The contents of a file do not follow its format. */
export class FileFormatError extends FasttsError {
  static override readonly name: string = 'FileFormatError';
}

/** A state dictionary and a module differ in their names. */
export class StateDictError extends FasttsError {
  static override readonly name: string = 'StateDictError';
}

/**
 * A file or a folder cannot be written: the disk is full, permission is missing, or the path is impossible. An earlier file
 * of that path is unchanged.
 */
export class WriteError extends FasttsError {
  static override readonly name: string = 'WriteError';

  constructor(
    message: string,
    /** The file or folder that cannot be written. */
    readonly path: string,
    /** The operating system's name for the problem, such as `ENOSPC`. */
    readonly code: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** A batch does not fit into memory. Its tensors have been freed: a fit with smaller batches can follow. */
export class OutOfMemoryError extends FasttsError {
  static override readonly name: string = 'OutOfMemoryError';
  /** Number of bytes of the allocation that failed; undefined if the engine does not say. */
  readonly bytes: number | undefined;
  /** Number of bytes that were available; undefined if the engine does not say. */
  readonly available: number | undefined;

  constructor(
    message: string,
    { bytes, available }: { bytes?: number | undefined; available?: number | undefined },
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.bytes = bytes;
    this.available = available;
  }
}
