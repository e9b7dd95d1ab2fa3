import { checkNumber } from '../checkNumber.js';
import { FileFormatError } from '../errors.js';

/** Limits on the memory that an untrusted file's contents may take. */
export interface FileLimits {
  /**
   * Bytes of memory that the contents of the file may take (default: 16 times the size of the file plus 64 MiB, and at
   * most 4 GiB). Set it to load a file that needs more, if you trust it, or to allow less.
   */
  maxBytes?: number;
}

const PER_BYTE = 16;
const ALWAYS_ALLOWED = 64 * 2 ** 20;
const MOST = 4 * 2 ** 30;

/** What a tensor takes in memory beside its values, roughly. */
const TENSOR_BYTES = 1024;

/**
 * Counts what the contents of a file take, before it is allocated.
 *
 * @internal
 */
export class FileBudget {
  /** Bytes that may be taken in all. */
  readonly maxBytes: number;
  private spent = 0;

  /**
   * @param size The size of the file in bytes.
   * @throws ArgumentError when `maxBytes` is not a number ≥ 0.
   */
  constructor(
    private readonly size: number,
    { maxBytes = Math.min(PER_BYTE * size + ALWAYS_ALLOWED, MOST) }: FileLimits = {},
  ) {
    checkNumber('maxBytes', maxBytes, { min: 0 });
    this.maxBytes = maxBytes;
  }

  /**
   * Counts bytes that are about to be allocated.
   *
   * @throws FileFormatError when they are more than are left.
   */
  spend(bytes: number): void {
    this.spent += bytes;
    this.check(this.spent);
  }

  /** Counts a tensor of `elements` values, which take four bytes each on the engine. */
  spendTensor(elements: number): void {
    this.spend(TENSOR_BYTES + 4 * elements);
  }

  /** Checks bytes that are allocated for a short time only, and not counted. */
  check(bytes: number): void {
    if (bytes <= this.maxBytes) return;
    throw new FileFormatError(
      `What the file describes takes more than ${this.maxBytes} bytes of memory, the limit for a file of ${this.size} bytes: if you trust the file, raise the limit by the option maxBytes.`,
    );
  }
}
