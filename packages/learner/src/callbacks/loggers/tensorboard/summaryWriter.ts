import { appendWhole, crc32c, type Figure, node, writeFileWhole } from '@fastts/core';
import { pngSize } from '../records/pngSize.js';
import { bytesField, doubleField, floatField, intField, message } from '../records/protobuf.js';
import { type ProjectorItems, writeProjectorItems } from './projectorItems.js';

/** The format version, declared by the first record of a file. */
const FILE_VERSION = 'brain.Event:2';
/** TensorFlow's color space code for RGBA. */
const RGBA = 4;

let filesMade = 0;

/**
 * Writes an event file for TensorBoard: numbers and images, each with a tag and a step. They are written
 * at the next `flush`; items for the projector, which are separate files, are written immediately.
 *
 * Source: TensorFlow `core/util/event.proto`, `core/framework/summary.proto` and `core/lib/io/record_writer.h`;
 * PyTorch `torch/utils/tensorboard/writer.py`.
 *
 * @example
 * const writer = await SummaryWriter.open('runs/first');
 * writer.addScalar('train_loss', 0.7, 1);
 * await writer.flush();
 */
export class SummaryWriter {
  private pending: Uint8Array[] = [];
  /** The contents of `projector_config.pbtxt`. */
  private projector = '';

  private constructor(
    private readonly logDir: string,
    /** The event file. */
    readonly path: string,
  ) {}

  /** Opens a new file in a folder, which is created if needed. */
  static async open(logDir: string): Promise<SummaryWriter> {
    const seconds = Math.floor(Date.now() / 1000);
    const name = `events.out.tfevents.${seconds}.${node.os.hostname()}.${process.pid}.${filesMade++}`;
    const writer = new SummaryWriter(logDir, `${logDir}/${name}`);
    const version = record(event(0, bytesField(3, FILE_VERSION)));
    await writeFileWhole(writer.path, version);
    return writer;
  }

  /**
   * Adds a number.
   *
   * @param wallTime Time of measurement, in seconds since 1970 (default: now).
   */
  addScalar(tag: string, value: number, step: number, wallTime?: number): void {
    this.addSummary(step, message(bytesField(1, tag), floatField(2, value)), wallTime);
  }

  /** Adds an image. */
  async addFigure(tag: string, figure: Figure, step: number): Promise<void> {
    const png = await figure.png();
    const { width, height } = pngSize(png);
    const image = message(intField(1, height), intField(2, width), intField(3, RGBA), bytesField(4, png));
    this.addSummary(step, message(bytesField(1, tag), bytesField(4, image)));
  }

  /**
   * Writes items for the projector, which shows how close they are, to a folder named after the step and the tag.
   *
   * Source: PyTorch `SummaryWriter.add_embedding`.
   *
   * @param tag Distinguishes several embeddings of a step (default `default`).
   * @throws LearnerError when the number of labels or images differs from the number of items.
   */
  async addEmbedding(embedding: ProjectorItems, step: number, tag = 'default'): Promise<void> {
    const name = String(step).padStart(5, '0');
    const folder = `${name}/${tag.replaceAll(/[%/\\]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)}`;
    this.projector += await writeProjectorItems(this.logDir, folder, `${tag}:${name}`, embedding);
    await writeFileWhole(`${this.logDir}/projector_config.pbtxt`, this.projector);
  }

  /** Writes pending records to the file. */
  async flush(): Promise<void> {
    const records = this.pending;
    this.pending = [];
    if (records.length === 0) return;
    await appendWhole(this.path, Buffer.concat(records));
  }

  private addSummary(step: number, value: Uint8Array, wallTime?: number): void {
    this.pending.push(record(event(step, bytesField(5, bytesField(1, value)), wallTime)));
  }
}

function event(step: number, what: Uint8Array, wallTime = Date.now() / 1000): Uint8Array {
  return message(doubleField(1, wallTime), intField(2, step), what);
}

/** A TFRecord: length and data, each followed by its checksum. */
function record(data: Uint8Array): Uint8Array {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  return Buffer.concat([length, checksum(length), data, checksum(data)]);
}

/** A masked checksum: rotated and offset, so that checksums of data that contains checksums stay useful. */
function checksum(bytes: Uint8Array): Uint8Array {
  const crc = crc32c(bytes);
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
  return sum;
}
