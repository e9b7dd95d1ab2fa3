import { ArchiveError } from '../errors.js';

/** Settings of {@link UnpackLimits}. */
export interface UnpackLimitsOptions {
  /** The most bytes that an archive may unpack to (default 100 GB). */
  maxBytes?: number;
  /** The most bytes that an archive of more than 10 MB unpacked may unpack to, as a multiple of its own size (default 100). */
  maxRatio?: number;
}

/** An archive that unpacks to less is not refused for its ratio: a file of zeros shrinks to a thousandth. */
const SMALL_BYTES = 10e6;
/** What a file takes on a disk at least, so that millions of empty ones count. */
const MIN_FILE_BYTES = 4096;

/** Counts what an archive unpacks to, before it is written, and refuses what only fills the disk. */
export class UnpackLimits {
  private bytes = 0;
  private readonly maxBytes: number;
  readonly maxRatio: number;

  /** @param archiveBytes The archive's own size. */
  constructor(
    private readonly archiveBytes: number,
    { maxBytes = 100e9, maxRatio = 100 }: UnpackLimitsOptions = {},
  ) {
    this.maxBytes = maxBytes;
    this.maxRatio = maxRatio;
  }

  /**
   * Counts a file or folder of this size.
   *
   * @throws ArchiveError when a limit is exceeded.
   */
  add(bytes: number): void {
    this.bytes += Math.max(bytes, MIN_FILE_BYTES);
    const ratio = this.bytes / this.archiveBytes;
    if (this.bytes > this.maxBytes) {
      throw new ArchiveError(
        `it unpacks to more than ${this.maxBytes.toLocaleString('en')} bytes; raise maxBytes if that is intended`,
      );
    }
    if (this.bytes > SMALL_BYTES && ratio > this.maxRatio) {
      throw new ArchiveError(
        `it unpacks to more than ${this.maxRatio} times its own size, as archives do that are made to fill a disk; raise maxRatio if that is intended`,
      );
    }
  }
}
