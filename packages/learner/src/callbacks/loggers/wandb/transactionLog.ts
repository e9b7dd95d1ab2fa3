import { appendWhole, crc32, writeFileWhole } from '@fastts/core';
import fs from 'fs-extra';

/** `:W&B`, a magic number and the format's version. */
const HEADER = Uint8Array.from([0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0x00]);
const BLOCK = 32_768;
/** Size of a chunk's header: checksum, length and type. */
const PART_HEADER = 7;
const PART = { full: 1, first: 2, middle: 3, last: 4 };

/**
 * A `.wandb` file: records of bytes, in blocks of 32 KiB as in LevelDB's log, where a record that does not fit in
 * the rest of a block continues in the next.
 *
 * Source: LevelDB `doc/log_format.md`; wandb `core/internal/transactionlog` (checksums are plain CRC-32).
 */
export class TransactionLog {
  private pending: Uint8Array[] = [];

  private constructor(
    readonly path: string,
    private length = HEADER.length,
  ) {}

  /** Creates a file, and its folder if needed. */
  static async open(path: string): Promise<TransactionLog> {
    await writeFileWhole(path, HEADER);
    return new TransactionLog(path);
  }

  /**
   * Continues a file after its first `size` bytes; what follows them is removed.
   *
   * @returns `null` if there is no such file, or it is shorter.
   */
  static async reopen(path: string, size: number): Promise<TransactionLog | null> {
    if (!(size >= HEADER.length) || !(await isLog(path, size))) return null;
    await fs.truncate(path, size);
    return new TransactionLog(path, size);
  }

  /** Number of bytes, including those that are not written yet. */
  get size(): number {
    return this.length;
  }

  /** Adds a record, to be written by the next `flush`. */
  add(record: Uint8Array): void {
    let rest = record;
    let isFirst = true;
    do {
      let room = BLOCK - (this.length % BLOCK);
      if (room < PART_HEADER) {
        this.push(Buffer.alloc(room));
        room = BLOCK;
      }
      const part = rest.subarray(0, room - PART_HEADER);
      rest = rest.subarray(part.length);
      const isLast = rest.length === 0;
      this.addPart(part, isFirst ? (isLast ? PART.full : PART.first) : isLast ? PART.last : PART.middle);
      isFirst = false;
    } while (rest.length > 0);
  }

  /** Writes pending records to the file. */
  async flush(): Promise<void> {
    const parts = this.pending;
    this.pending = [];
    if (parts.length === 0) return;
    await appendWhole(this.path, Buffer.concat(parts));
  }

  private addPart(part: Uint8Array, kind: number): void {
    const bytes = Buffer.concat([Buffer.alloc(PART_HEADER), part]);
    bytes.writeUInt16LE(part.length, 4);
    bytes[6] = kind;
    bytes.writeUInt32LE(crc32(bytes.subarray(6)), 0);
    this.push(bytes);
  }

  private push(bytes: Uint8Array): void {
    this.pending.push(bytes);
    this.length += bytes.length;
  }
}

/** Whether a file is such a log of at least `size` bytes. */
async function isLog(path: string, size: number): Promise<boolean> {
  const stats = await fs.stat(path).catch(() => null);
  if (!stats?.isFile() || stats.size < size) return false;
  const file = await fs.promises.open(path);
  try {
    const { buffer } = await file.read(new Uint8Array(HEADER.length), 0, HEADER.length, 0);
    return HEADER.every((byte, i) => buffer[i] === byte);
  } finally {
    await file.close();
  }
}
