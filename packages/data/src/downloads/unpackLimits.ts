import { checkNumber } from '@fastts/core';
import { ArchiveError } from '../errors.js';

/** Limits of what an archive may unpack to. */
export interface UnpackLimitsOptions {
  /** The most bytes that an archive may unpack to (default 100 GB). */
  maxBytes?: number;
  /** The most bytes that an archive of more than 10 MB unpacked may unpack to, as a multiple of its own size (default 100). */
  maxRatio?: number;
}

/** The most bytes of an archive, and of what it unpacks to, unless set otherwise. */
export const MAX_BYTES = 100e9;

/** @throws ArgumentError when a limit is neither a positive number nor infinite. */
export function checkLimits(limits: UnpackLimitsOptions): void {
  for (const name of ['maxBytes', 'maxRatio'] as const) {
    const limit = limits[name] ?? Number.POSITIVE_INFINITY;
    if (limit !== Number.POSITIVE_INFINITY) checkNumber(name, limit, { above: 0 });
  }
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
    { maxBytes = MAX_BYTES, maxRatio = 100 }: UnpackLimitsOptions = {},
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
    if (!(bytes >= 0)) throw new Error(`one of its files has the size ${bytes}`);
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
