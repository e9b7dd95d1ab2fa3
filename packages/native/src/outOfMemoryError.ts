import { availableMemory } from './availableMemory.js';

/** A tensor, or a kernel's temporary memory, does not fit into memory. */
export class OutOfMemoryError extends RangeError {
  override readonly name = 'OutOfMemoryError';

  /**
   * @param what What needs the memory, such as 'A tensor'.
   * @param bytes Number of bytes that it needs; undefined if unknown.
   * @param available Number of bytes that were available.
   */
  constructor(
    what: string,
    readonly bytes: number | undefined,
    readonly available = availableMemory(),
    options?: ErrorOptions,
  ) {
    const there = inUnits(available);
    const shortage =
      bytes === undefined
        ? `needs more than the ${there} of memory that are available`
        : `needs ${inUnits(bytes)} of memory, of which ${there} are available`;
    super(`${what} ${shortage}: use smaller batches or images.`, options);
  }
}

/** What V8 says when it cannot allocate an array, and what the addon says. */
const SHORTAGE = /^Array buffer allocation failed|^Invalid (typed )?array (buffer )?length|ran out of memory/;

/** An error that names the kernel, if `error` says that memory ran out; otherwise `error`. */
export function namingKernel(error: unknown, kernel: string): unknown {
  if (typeof error !== 'object' || error === null || !('message' in error) || !('name' in error))
    return error;
  const message = String(error.message);
  if (error.name !== 'RangeError' || !SHORTAGE.test(message)) return error;
  const bytes = /could not allocate (\d+) bytes/.exec(message)?.[1];
  const wanted = bytes === undefined ? undefined : Number(bytes);
  return new OutOfMemoryError(`The kernel ${kernel}`, wanted, undefined, { cause: error });
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];

function inUnits(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${UNITS[power]}`;
}
