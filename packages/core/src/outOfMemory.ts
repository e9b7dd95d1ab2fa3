import { OutOfMemoryError } from './errors.js';

/** What engines and V8 say when memory runs out. */
const SHORTAGE =
  /out of memory|\bOOM\b|memory access out of bounds|^Array buffer allocation failed|^Invalid (typed )?array (buffer )?length/i;

/**
 * The error to throw instead of `error` for a batch: an `OutOfMemoryError` that says how many items it had, if `error`
 * means that memory ran out; otherwise `error`.
 *
 * @param items Number of items of the batch.
 * @internal
 */
export function explainOutOfMemory(error: unknown, items: number): unknown {
  if (!isOutOfMemory(error) || error instanceof OutOfMemoryError) return error;
  const { message, bytes, available } = error;
  return new OutOfMemoryError(
    `A batch of ${items} ${items === 1 ? 'item' : 'items'} does not fit into memory: ${reason(message)}. Create the data with a smaller bs, or use smaller images.`,
    { bytes, available },
    { cause: error },
  );
}

/**
 * Whether an error of an engine, of V8 or of this library means that memory ran out.
 *
 * @internal
 */
export function isOutOfMemory(error: unknown): error is EngineError {
  if (typeof error !== 'object' || error === null) return false;
  const { name, message = '' }: EngineError = error;
  return name === OutOfMemoryError.name || SHORTAGE.test(message);
}

/** What an engine's error may have. */
interface EngineError {
  name?: string;
  message?: string;
  bytes?: number;
  available?: number;
}

/** The first line of an error's message, without its remedy. */
function reason(message = ''): string {
  const line = message.split('\n', 1)[0]!.replace(/: use .*$/, '');
  return line.replace(/\.$/, '');
}
